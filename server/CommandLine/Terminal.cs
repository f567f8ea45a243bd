using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary>Terminal that commands write to and read from.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors, and progress if the results are for a program.</param>
/// <param name="IsInteractive">Whether a person watches: results go to a terminal that can redraw lines.</param>
/// <param name="Time">The clock.</param>
public sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive, TimeProvider Time)
{
    /// <summary>Results, with control characters made visible; see <see cref="VisibleText"/>.</summary>
    public TextWriter Output { get; } = new VisibleWriter(Output);

    /// <summary>Errors, with control characters made visible; see <see cref="VisibleText"/>.</summary>
    public TextWriter Error { get; } = new VisibleWriter(Error);

    /// <summary>Standard input.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Asks a person for a text that is not echoed; <see langword="null"/> if there is nobody to ask.</summary>
    public Func<string, string>? AskUnseen { get; init; }

    /// <summary>Returns a token that is canceled when a person asks to stop a second time; the caller then handles that request.</summary>
    public Func<CancellationToken> ListenForSecond { get; init; } = static () => CancellationToken.None;

    /// <summary>Creates the terminal of this process.</summary>
    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb", TimeProvider.System)
        {
            Input = Console.In, AskUnseen = Console.IsInputRedirected ? null : PasswordPrompt.AskUnseen,
        };
}
