using System.Diagnostics;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>This test program as a child process that may kill itself, told to execute one explicit test.</summary>
static class ChildTest
{
    /// <summary>Killed by signal 9, as a shell reports it.</summary>
    public const int Killed = 128 + 9;

    /// <summary>Executes it.</summary>
    /// <param name="environment">What the test reads, and where it is killed; see <c>CrashPoint</c>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string method, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-explicit", "only", "-method", $"*.{method}"])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var child = Process.Start(start)!;
        var token = TestContext.Current.CancellationToken;
        var (output, errors) = (child.StandardOutput.ReadToEndAsync(token), child.StandardError.ReadToEndAsync(token));
        await child.WaitForExitAsync(token).InTimeAsync();
        if (child.ExitCode != Killed) TestContext.Current.SendDiagnosticMessage($"{await output}{await errors}");
        return child.ExitCode;
    }
}
