using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A real Jaeger, which takes traces by OTLP and gives them back over its API.</summary>
sealed class JaegerServer : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    readonly Process process;
    readonly HttpClient client;

    JaegerServer(Process process, int collector, int query)
    {
        this.process = process;
        Collector = new($"http://127.0.0.1:{collector}");
        client = new() { BaseAddress = new($"http://127.0.0.1:{query}") };
    }

    /// <summary>Takes OTLP over gRPC.</summary>
    public Uri Collector { get; }

    /// <summary>What <c>Telemetry:TraceUrlTemplate</c> is for it.</summary>
    public string TraceUrlTemplate => $"{client.BaseAddress}trace/{{traceId}}";

    public static async Task<JaegerServer> StartAsync()
    {
        var program = await SharedServer.ProgramAsync("jaeger");
        var ports = SharedServer.FreePorts(5);
        var start = new ProcessStartInfo(program, ["--config", SharedServer.File("jaeger/jaeger.yaml")]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        string[] variables = ["JAEGER_OTLP_GRPC", "JAEGER_QUERY_HTTP", "JAEGER_HEALTH", "JAEGER_OTLP_HTTP", "JAEGER_QUERY_GRPC"];
        foreach (var (variable, port) in variables.Zip(ports)) start.Environment[variable] = port.ToString(CultureInfo.InvariantCulture);
        var started = Process.Start(start)!;
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        var server = new JaegerServer(started, ports[0], ports[1]);
        await server.UntilAsync(async () => (await server.client.GetAsync($"http://127.0.0.1:{ports[2]}/status", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        return server;
    }

    /// <summary>A trace, once the span of this name has arrived.</summary>
    /// <param name="address">Address of the trace, as the platform shows it.</param>
    public async Task<StoredTrace> ReadAsync(Uri address, string last)
    {
        StoredTrace? trace = null;
        await UntilAsync(async () =>
        {
            using var answer = await client.GetAsync($"/api/traces/{address.Segments[^1]}", TestContext.Current.CancellationToken);
            if (answer.StatusCode is HttpStatusCode.NotFound) return false;
            trace = new(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return trace.Spans.Any(span => span.Name == last);
        });
        return trace!;
    }

    public void Dispose()
    {
        process.Kill();
        process.EndInTime();
        process.Dispose();
        client.Dispose();
    }

    async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var started = Stopwatch.GetTimestamp(); ; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            try
            {
                if (await isSo()) return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // It does not listen yet.
            }
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "Jaeger did not get there in time.");
        }
    }
}

/// <summary>A trace as Jaeger gives it back.</summary>
sealed class StoredTrace
{
    public StoredTrace(string json)
    {
        Json = json;
        Spans = [.. from span in JsonElement.Parse(json).GetProperty("data")[0].GetProperty("spans").EnumerateArray()
                    select new StoredSpan(
                        span.GetProperty("spanID").GetString()!, span.GetProperty("operationName").GetString()!, span.GetProperty("startTime").GetInt64(),
                        (from reference in span.GetProperty("references").EnumerateArray()
                         where reference.GetProperty("refType").GetString() == "CHILD_OF"
                         select reference.GetProperty("spanID").GetString()).FirstOrDefault(),
                        span.GetProperty("tags").EnumerateArray().ToDictionary(tag => tag.GetProperty("key").GetString()!, tag => tag.GetProperty("value").ToString()))];
    }

    public string Json { get; }

    public IReadOnlyList<StoredSpan> Spans { get; }

    public StoredSpan Single(string name) => Assert.Single(Spans, span => span.Name == name);

    /// <summary>Directly below a span, in the order of start.</summary>
    public IReadOnlyList<StoredSpan> Below(StoredSpan parent) => [.. Spans.Where(span => span.Parent == parent.Id).OrderBy(span => span.Started)];
}

/// <param name="Parent">Id of the span it belongs to; null for a root.</param>
/// <param name="Started">Microseconds since 1970.</param>
sealed record StoredSpan(string Id, string Name, long Started, string? Parent, IReadOnlyDictionary<string, string> Tags);
