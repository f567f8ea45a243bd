using System.CommandLine;
using System.Text;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary>Reads a password from a person, without echo, or from a program.</summary>
static class PasswordPrompt
{
    /// <summary>Creates the option <c>--password-stdin</c>.</summary>
    public static Option<bool> FromInput() => new("--password-stdin") { Description = "Read the password from standard input instead of asking for it." };

    /// <summary>Reads a password.</summary>
    /// <param name="fromInput">Whether to read the first line of the input; else a person is asked twice.</param>
    /// <exception cref="UsageException">No password was given, or the two differ.</exception>
    public static async Task<string> ReadAsync(Terminal terminal, bool fromInput, string user, CancellationToken cancellationToken)
    {
        if (fromInput)
        {
            return await terminal.Input.ReadLineAsync(cancellationToken) is { Length: > 0 } given
                ? given
                : throw new UsageException("Standard input has no password in its first line.");
        }
        if (terminal.AskUnseen is not { } ask)
            throw new UsageException("There is no terminal to ask for the password. Give it on standard input, with --password-stdin.");
        var password = ask($"Password of {user}: ");
        return ask("The same again: ") == password
            ? password
            : throw new UsageException("The two are not the same, so nothing was changed.");
    }

    /// <summary>Asks on the terminal of this process, without showing what is typed.</summary>
    public static string AskUnseen(string question)
    {
        var typed = new StringBuilder();
        var isTreated = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        Console.Error.Write(question);
        try
        {
            while (Console.ReadKey(intercept: true) is var key && key.Key is not ConsoleKey.Enter)
            {
                if (key is { Modifiers: ConsoleModifiers.Control, Key: ConsoleKey.C }) throw new UsageException("No password was given, so nothing was changed.");
                if (key is { Modifiers: ConsoleModifiers.Control, Key: ConsoleKey.U }) typed.Clear();
                else if (key.Key is not ConsoleKey.Backspace) typed.Append(char.IsControl(key.KeyChar) ? "" : key.KeyChar);
                else if (typed.Length > 0) typed.Length--;
            }
        }
        finally
        {
            Console.Error.WriteLine();
            Console.TreatControlCAsInput = isTreated;
        }
        return typed.ToString();
    }
}
