using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary>Where commands write.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">What went wrong, and progress where results are for a program.</param>
/// <param name="IsInteractive">Whether a person watches: results go to a terminal that can redraw lines.</param>
/// <param name="Time">The clock.</param>
public sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive, TimeProvider Time)
{
    /// <summary>Results, as <see cref="VisibleText"/>.</summary>
    public TextWriter Output { get; } = new VisibleWriter(Output);

    /// <summary>What went wrong, as <see cref="VisibleText"/>.</summary>
    public TextWriter Error { get; } = new VisibleWriter(Error);

    /// <summary>What programs hand over.</summary>
    public TextReader Input { get; init; } = TextReader.Null;

    /// <summary>Asks a person for something that is not shown; <see langword="null"/> where there is nobody to ask.</summary>
    public Func<string, string>? AskUnseen { get; init; }

    /// <summary>Gives a token that is cancelled when a person asks a second time for the end; from then on doing so is left to whoever listens.</summary>
    public Func<CancellationToken> ListenForSecond { get; init; } = static () => CancellationToken.None;

    /// <summary>That of this process.</summary>
    public static Terminal OfProcess() =>
        new(Console.Out, Console.Error, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb", TimeProvider.System)
        {
            Input = Console.In, AskUnseen = Console.IsInputRedirected ? null : PasswordPrompt.AskUnseen,
        };
}
