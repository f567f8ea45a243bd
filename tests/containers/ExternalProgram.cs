using System.Diagnostics;

namespace Orchestrator.Tests.Containers;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">0 where all went well.</param>
sealed record Ended(int ExitCode, string Output, string Error)
{
    /// <summary>Its output, where it ended well.</summary>
    public string Succeeded
    {
        get
        {
            Require();
            return Output;
        }
    }

    /// <summary>Fails the test where it did not end well.</summary>
    public void Require() => Assert.True(ExitCode == 0, $"It ended with {ExitCode}:\n{Output}{Error}");
}

/// <summary>Programs beside the tests.</summary>
static class ExternalProgram
{
    /// <param name="environment">Added to ours.</param>
    public static async Task<Ended> RunAsync(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Repository.Root };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }
}
