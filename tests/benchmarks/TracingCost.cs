using System.Globalization;
using System.Net;
using System.Text;

namespace Orchestrator.Benchmarks;

/// <summary>What traces cost: the same month with and without them, in turn on one PostgreSQL, sent to a collector that throws them away.</summary>
static class TracingCost
{
    const long Rows = 1_000_000;

    static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Measures and gives the report as Markdown.</summary>
    public static async Task<string> MeasureAsync(int rounds, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-tracing-").FullName;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var requests = TakeAsync(collector);
        var platform = new Platform(Path.Combine(AppContext.BaseDirectory, "Orchestrator.Server.dll"));
        var traced = new Dictionary<string, string>(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = address, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf" };
        List<PlatformRun> off = [], on = [];
        try
        {
            await RunAsync(platform, folder, Nothing);
            for (var round = 1; round <= rounds; round++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Each goes first in every other round: the machine may become slower or faster.
                if (round % 2 == 0) on.Add(await RunAsync(platform, folder, traced));
                off.Add(await RunAsync(platform, folder, Nothing));
                if (round % 2 == 1) on.Add(await RunAsync(platform, folder, traced));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: without {off[^1].DurationMs:0} ms, with {on[^1].DurationMs:0} ms"));
            }
        }
        finally
        {
            collector.Stop();
            Directory.Delete(folder, recursive: true);
        }
        var report = new StringBuilder();
        report.AppendLine(CultureInfo.InvariantCulture, $"{Rows} sales, medians of {rounds} interleaved rounds; the collector was sent {await requests} requests.").AppendLine()
            .AppendLine("| | without traces | with traces | change |").AppendLine("|---|---:|---:|---:|");
        Line("run, claim to finished, ms", run => run.DurationMs);
        Line("process, start to end, ms", run => run.Elapsed.TotalMilliseconds);
        Line("peak memory, MiB", run => run.PeakMemoryBytes / 1048576.0);
        return report.ToString();

        void Line(string name, Func<PlatformRun, double> figure)
        {
            var (without, with) = (Median(off.Select(figure)), Median(on.Select(figure)));
            // Of the pairs that ran one after the other, so that a busy minute counts in both.
            var change = Median(off.Zip(on, (before, after) => (figure(after) - figure(before)) / figure(before) * 100));
            report.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {without:0} | {with:0} | {change:+0.0;-0.0;0.0} % |");
        }
    }

    static Task<PlatformRun> RunAsync(Platform platform, string folder, IReadOnlyDictionary<string, string> environment) => platform.RunAsync(
        "monthly-sales", Path.Combine(folder, "data"), database: null, environment, "--partition", "2026-10", "--input", string.Create(CultureInfo.InvariantCulture, $"rows={Rows}"));

    static async Task<int> TakeAsync(HttpListener collector)
    {
        for (var requests = 0; ; requests++)
        {
            try
            {
                var context = await collector.GetContextAsync();
                await context.Request.InputStream.CopyToAsync(Stream.Null);
                context.Response.Close();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return requests;
            }
        }
    }

    static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
