using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary><c>orchestrator serve</c> with nothing to do: our process, without PostgreSQL.</summary>
/// <param name="MemoryBytes">Resident at the end.</param>
/// <param name="CpuShare">Of one core, such as 0.01.</param>
/// <param name="Ready">From the start of the process to the line that says where it listens.</param>
sealed record IdleServer(long MemoryBytes, double CpuShare, TimeSpan Ready)
{
    // The first retention comes a minute after the start.
    static readonly TimeSpan Settling = TimeSpan.FromSeconds(80), Watched = TimeSpan.FromSeconds(60);

    /// <param name="assembly">Path of <c>Orchestrator.Server.dll</c>.</param>
    /// <param name="data">A data folder that was used before.</param>
    public static async Task<IdleServer> MeasureAsync(string assembly, string data)
    {
        var start = new ProcessStartInfo("dotnet", [assembly, "serve", "--urls", "http://127.0.0.1:0", "--data", data])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var clock = Stopwatch.StartNew();
        using var server = Process.Start(start)!;
        try
        {
            var listening = new TaskCompletionSource();
            server.OutputDataReceived += OnLine;
            server.ErrorDataReceived += OnLine;
            server.BeginOutputReadLine();
            server.BeginErrorReadLine();
            await listening.Task.WaitAsync(TimeSpan.FromMinutes(2));
            var ready = clock.Elapsed;
            await Task.Delay(Settling);
            server.Refresh();
            var before = server.TotalProcessorTime;
            await Task.Delay(Watched);
            server.Refresh();
            return new(server.WorkingSet64, (server.TotalProcessorTime - before) / Watched, ready);

            void OnLine(object sender, DataReceivedEventArgs line)
            {
                if (line.Data?.Contains("Listening on", StringComparison.Ordinal) is true) listening.TrySetResult();
            }
        }
        finally
        {
            using var end = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)]);
            await server.WaitForExitAsync();
        }
    }
}
