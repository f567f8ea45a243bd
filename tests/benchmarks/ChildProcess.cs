using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Orchestrator.Benchmarks;

/// <summary>A finished child process.</summary>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="PeakMemoryBytes">The most memory that was resident at once; 0 where the system does not tell.</param>
/// <param name="Elapsed">From start to end.</param>
/// <param name="AwaitedLine">From start to the first output line with the awaited text; <see langword="null"/> where none came.</param>
sealed record ChildProcess(string Output, long PeakMemoryBytes, TimeSpan Elapsed, TimeSpan? AwaitedLine)
{
    static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="awaited">Text of an output line whose time is wanted.</param>
    /// <param name="environment">Variables that it gets beside ours.</param>
    /// <exception cref="InvalidOperationException">It ended with another code than 0; its output is in the message.</exception>
    public static async Task<ChildProcess> RunAsync(string program, IEnumerable<string> arguments, string workingDirectory, string? awaited = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = workingDirectory, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' did not start.");
        TimeSpan? awaitedLine = null;
        var output = ReadAsync(process.StandardOutput, Notice);
        var error = ReadAsync(process.StandardError, Notice);
        var peak = 0L;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, PeakOf(process.Id));
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(SampleInterval));
        }
        var elapsed = clock.Elapsed;
        var (text, errors) = (await output, await error);
        if (process.ExitCode != 0) throw new InvalidOperationException($"'{program}' ended with {process.ExitCode}:\n{errors}\n{text}");
        return new(text, peak, elapsed, awaitedLine);

        void Notice(string line)
        {
            if (awaitedLine is null && awaited is not null && line.Contains(awaited, StringComparison.Ordinal)) awaitedLine = clock.Elapsed;
        }
    }

    static async Task<string> ReadAsync(StreamReader reader, Action<string> onLine)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync() is { } line)
        {
            onLine(line);
            text.AppendLine(line);
        }
        return text.ToString();
    }

    /// <summary>VmHWM of <c>/proc/{pid}/status</c>, proc(5).</summary>
    static long PeakOf(int processId)
    {
        try
        {
            var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6).Trim()[..^3], CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
