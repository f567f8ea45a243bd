using System.Diagnostics;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>Runner of external programs.</summary>
static class ExternalProgram
{
    /// <summary>Runs a program in a folder to its end, as another user if one is given.</summary>
    /// <param name="input">Text for standard input; empty for none.</param>
    /// <returns>The exit code and the text of both outputs.</returns>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IReadOnlyList<string> arguments, string folder, ServerAccount? account, string input, CancellationToken cancellationToken)
    {
        var command = account?.Wrap(program) ?? [program];
        var start = new ProcessStartInfo(command[0])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        foreach (var argument in command.Skip(1).Concat(arguments)) start.ArgumentList.Add(argument);
        // English messages, since errors are derived from them.
        start.Environment["LC_ALL"] = "C";
        using var process = Start(start, account);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, (await output + await errors).Trim());
    }

    static Process Start(ProcessStartInfo start, ServerAccount? account)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error) when (account is not null && start.FileName == "setpriv")
        {
            throw new PlatformException("postgres.no_setpriv",
                $"PostgreSQL does not run as root, and 'setpriv', which starts it as '{account.Name}', was not found. "
                + "Install util-linux, start the platform as an ordinary user, or give the address of a server with --postgres.", error);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new PlatformException("postgres.not_runnable", $"'{start.FileName}' could not be started: {error.Message}. Run 'npm ci' in the repository.", error);
        }
    }
}
