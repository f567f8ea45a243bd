using System.Text.Json;

namespace Orchestrator.Tests.Integration.Hosting;

public sealed class JaegerTests : IDisposable
{
    readonly DataFolder data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public async Task A_month_is_read_back_from_Jaeger_as_the_tree_of_its_run()
    {
        using var jaeger = await JaegerServer.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = jaeger.Collector.ToString(), ["Telemetry__TraceUrlTemplate"] = jaeger.TraceUrlTemplate,
        };
        using var process = OrchestratorProcess.Start(
            environment, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=2000", "--json", "--data", data.Path);
        var ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);
        var run = JsonElement.Parse(ended.Output);

        var trace = await jaeger.ReadAsync(new(run.GetProperty("traceUrl").GetString()!), "orchestrator run");

        var root = Assert.Single(trace.Spans, span => span.Parent is null);
        Assert.Equal("orchestrator run", root.Name);
        Assert.DoesNotContain(trace.Spans, span => span.Parent is { } parent && trace.Spans.All(above => above.Id != parent));
        var drive = trace.Single("run monthly-sales");
        Assert.Equal((run.GetProperty("runId").GetString(), "2026-10", "Succeeded"),
            (drive.Tags["orchestrator.run.id"], drive.Tags["orchestrator.partition"], drive.Tags["orchestrator.run.status"]));
        Assert.Equal(
            run.GetProperty("activities").EnumerateArray().Select(activity => $"activity {activity.GetProperty("type")} {activity.GetProperty("attempts")}").Order(),
            trace.Below(drive).Where(span => span.Name != "commit").Select(span => $"{span.Name} {span.Tags["orchestrator.attempt"]}").Order());
        AssertBelow(trace, "activity Orchestrator.UploadPartitions", "upload raw/sales");
        AssertBelow(trace, "activity Orchestrator.BuildStarSchema", "sql fact_sales");
        AssertBelow(trace, "activity Orchestrator.LoadTables", "copy fact_sales", "swap");
        AssertBelow(trace, "activity Orchestrator.TuneIndexes", "measure");
        Assert.Equal("2000", trace.Single("copy fact_sales").Tags["orchestrator.rows"]);
        // Who can read traces learns neither rows nor how to get at the data.
        Assert.DoesNotContain(trace.Spans.SelectMany(span => span.Tags.Keys), key => key.StartsWith("db.query", StringComparison.Ordinal) || key.Contains("connection", StringComparison.Ordinal));
        Assert.DoesNotContain("Password", trace.Json, StringComparison.OrdinalIgnoreCase);
    }

    static void AssertBelow(StoredTrace trace, string parent, params string[] names)
    {
        var below = trace.Below(trace.Single(parent)).Select(span => span.Name).ToList();
        Assert.All(names, name => Assert.Contains(below, found => found.StartsWith(name, StringComparison.Ordinal)));
    }
}
