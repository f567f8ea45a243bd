using System.Diagnostics;
using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>Requests to S3 are spans of the trace that they are made for.</summary>
public sealed class S3TraceTests(S3Fixture fixture) : IDisposable
{
    const string Key = "raw/sales/part-00000.parquet";

    readonly DataFolder data = new();
    readonly RecordedTrace trace = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        trace.Dispose();
        data.Dispose();
    }

    [Fact]
    public async Task Each_request_is_a_span_with_the_names_of_the_conventions_and_says_what_was_sent_again()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        var http = new FaultyHttp { Decide = static (_, number) => number == 1 ? HttpFault.SlowDown : HttpFault.None };
        using var store = server.Store($"s3://{bucket}/p", http: http);
        var local = Path.Combine(data.Path, "local");
        await File.WriteAllTextAsync(local, "content", Token);
        using (var asked = new Span("asked").SetParentId(trace.Asked.TraceId, trace.Asked.SpanId, ActivityTraceFlags.Recorded).Start())
        {
            await store.PutFileAsync(Key, local, null, Token);
            await Assert.ThrowsAsync<ActivityFailedException>(() => server.Store("s3://no-such-bucket/p").FindAsync(Key, Token));
        }

        Assert.Equal(["store", "S3.PutObject", "S3.PutObject", "S3.HeadObject", "S3.HeadBucket"], trace.Spans.Select(span => span.OperationName));
        var (throttled, sent) = (trace.Spans[1], trace.Spans[2]);
        Assert.Equal(trace.Spans[0].SpanId, sent.ParentSpanId);
        Assert.Equal((System.Diagnostics.ActivityKind.Client, "aws-api", "S3", "PutObject", bucket, $"p/{Key}", 200),
            (sent.Kind, sent.GetTagItem("rpc.system"), sent.GetTagItem("rpc.service"), sent.GetTagItem("rpc.method"), sent.GetTagItem("aws.s3.bucket"), sent.GetTagItem("aws.s3.key"), sent.GetTagItem("http.response.status_code")));
        Assert.NotNull(sent.GetTagItem("aws.request_id"));
        Assert.Equal((ActivityStatusCode.Error, 503, "SlowDown"), (throttled.Status, throttled.GetTagItem("http.response.status_code"), throttled.GetTagItem("aws.error_code")));
        Assert.Equal((1, null, ActivityStatusCode.Unset), ((int)sent.GetTagItem("http.request.resend_count")!, throttled.GetTagItem("http.request.resend_count"), sent.Status));
        Assert.DoesNotContain(trace.Spans, span => string.Join(' ', span.TagObjects).Contains(S3Server.Root.Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_month_on_S3_is_read_back_from_Jaeger_with_its_requests_below_what_made_them()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        using var jaeger = await JaegerServer.StartAsync();
        var environment = new Dictionary<string, string>(server.EnvironmentOf(S3Server.Root))
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = jaeger.Collector.ToString(), ["Telemetry__TraceUrlTemplate"] = jaeger.TraceUrlTemplate,
        };
        using var process = OrchestratorProcess.Start(environment,
            "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=2000", "--json", "--data", data.Path, "--store", $"s3://{bucket}/p");
        var ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Error);

        var stored = await jaeger.ReadAsync(new(JsonElement.Parse(ended.Output).GetProperty("traceUrl").GetString()!), "orchestrator run");

        Assert.Contains(stored.Below(stored.Single("upload raw/sales")), span => span.Name == "store");
        var requests = stored.Spans.Where(span => span.Name.StartsWith("S3.", StringComparison.Ordinal)).ToList();
        Assert.Superset(new HashSet<string> { "S3.PutObject", "S3.HeadObject", "S3.GetObject", "S3.ListObjectsV2" }, requests.Select(span => span.Name).ToHashSet());
        Assert.All(requests, span => Assert.Contains(stored.Spans, above => above.Id == span.Parent));
        Assert.All(requests, span => Assert.Equal(bucket, span.Tags["aws.s3.bucket"]));
        Assert.DoesNotContain(S3Server.Root.Secret, stored.Json, StringComparison.Ordinal);
    }
}
