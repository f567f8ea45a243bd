using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Http;

/// <summary>HTTP activities in runs, against a real server.</summary>
public sealed class HttpActivityTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/ok", "200 Done", "ok done")]
    [InlineData("/status?code=404", "404 Done", "missing done")]
    [InlineData("/status?code=418", "Unmatched status code Done", "other done")]
    public async Task In_a_flowchart_a_status_is_an_outcome(string path, string outcomes, string followed)
    {
        await using var other = await OtherServer.StartAsync();
        var (run, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At(path), """ "expectedStatusCodes": { "typeName": "List<Int32>", "expression": { "type": "Object", "value": "[200, 404]" } } """),
            ("200", "ok"), ("404", "missing"), ("Unmatched status code", "other"), ("Failed to connect", "away"), ("Timeout", "late"), ("Done", "done")));

        Assert.Equal((RunStatus.Succeeded, outcomes, followed),
            (run.Status, string.Join(' ', done.Single(each => each.ActivityId == "Request1").Outcomes), string.Join(' ', done.Where(each => each.Type is "Elsa.WriteLine").OrderBy(each => each.Number).Select(each => each.ActivityId))));
    }

    [Fact]
    public async Task Status_content_and_headers_are_outputs()
    {
        await using var other = await OtherServer.StartAsync();
        var (run, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/ok"))));

        Assert.Equal(RunStatus.Succeeded, run.Status);
        var outputs = done.Single(each => each.ActivityId == "Request1").Outputs;
        Assert.Equal((200, "{\"rows\":3,\"names\":[\"a\",\"b\"]}", "application/json; charset=utf-8", 200), (outputs["StatusCode"].GetInt32(), outputs["ParsedContent"].GetRawText(),
            outputs["ResponseHeaders"].GetProperty("Content-Type")[0].GetString(), outputs["Result"].GetProperty("StatusCode").GetInt32()));
    }

    [Theory]
    [InlineData("application/json", "{\"a\":1.50}", "{\"a\":1.50}")]
    [InlineData("application/problem+json", "[1]", "[1]")]
    [InlineData("application/json", "{broken", "\"{broken\"")]
    [InlineData("text/csv; charset=utf-8", "a,b", "\"a,b\"")]
    [InlineData("application/xml", "<a/>", "\"\\u003Ca/\\u003E\"")]
    [InlineData("application/x-www-form-urlencoded", "a=1&b=c+d", "{\"a\":\"1\",\"b\":\"c d\"}")]
    [InlineData("application/octet-stream", "abc", "\"YWJj\"")]
    [InlineData("text/plain", "", "null")]
    public async Task Content_is_read_by_its_type(string type, string content, string expected)
    {
        await using var other = await OtherServer.StartAsync();
        var (_, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest",
            other.At($"/text?type={Uri.EscapeDataString(type)}&content={Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(content)))}"))));

        Assert.Equal(expected, JsonSerializer.Serialize(done.Single(each => each.ActivityId == "Request1").Outputs["ParsedContent"]));
    }

    [Theory]
    [InlineData("\"text\"", "", "text", "application/json; charset=utf-8")]
    [InlineData("{\"a\": [1, 2.50]}", "", "{\"a\":[1,2.50]}", "application/json; charset=utf-8")]
    [InlineData("{\"a\": \"b c\", \"n\": 1}", "application/x-www-form-urlencoded", "a=b+c&n=1", "application/x-www-form-urlencoded")]
    [InlineData("\"<a>ü</a>\"", "application/xml", "<a>ü</a>", "application/xml; charset=utf-8")]
    public async Task Content_is_sent_by_its_type(string content, string type, string body, string sentAs)
    {
        await using var other = await OtherServer.StartAsync();
        var (run, _) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/ok"), $$"""
            "method": { "typeName": "String", "expression": { "type": "Literal", "value": "POST" } },
            "contentType": { "typeName": "String", "expression": { "type": "Literal", "value": "{{type}}" } },
            "content": { "typeName": "Object", "expression": { "type": "Object", "value": {{content}} } },
            "requestHeaders": { "typeName": "HttpHeaders", "expression": { "type": "Object", "value": "{\"X-One\": [\"1\", \"2\"], \"Accept\": \"text/csv\"}" } }
            """)));

        Assert.Equal(RunStatus.Succeeded, run.Status);
        var sent = other.Requests.Single();
        Assert.Equal(("POST", body, sentAs, "1,2", "text/csv"), (sent.Method, sent.Body, sent.Headers["Content-Type"], sent.Headers["X-One"].Replace(" ", "", StringComparison.Ordinal), sent.Headers["Accept"]));
    }

    [Theory]
    [InlineData("ftp://example.org/", "", "http.bad_url")]
    [InlineData("file:///etc/passwd", "", "http.bad_url")]
    [InlineData("javascript:alert(1)", "", "http.bad_url")]
    [InlineData("/relative", "", "http.bad_url")]
    [InlineData("http://ada:pw@127.0.0.1/", "", "http.bad_url")]
    [InlineData("http://127.0.0.1/", """ "method": { "expression": { "type": "Literal", "value": "CONNECT" } } """, "http.bad_method")]
    [InlineData("http://127.0.0.1/", """ "requestHeaders": { "expression": { "type": "Object", "value": "{\"Host\": \"x\"}" } } """, "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "requestHeaders": { "expression": { "type": "Object", "value": "{\"X\": \"a\\r\\nY: b\"}" } } """, "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "requestHeaders": { "expression": { "type": "Object", "value": "{\"X\": \"Käfer\"}" } } """,
        "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "authorization": { "expression": { "type": "Literal", "value": "Bearer Käfer" } } """,
        "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "contentType": { "expression": { "type": "Literal", "value": "text/käfer" } } """,
        "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "requestHeaders": { "expression": { "type": "Object", "value": "{\"X Y\": \"a\"}" } } """, "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "requestHeaders": { "expression": { "type": "Object", "value": "no json" } } """, "http.bad_header")]
    [InlineData("http://127.0.0.1/", """ "authorization": { "expression": { "type": "Literal", "value": "=abc" } } """, "http.bad_header")]
    public async Task What_cannot_be_asked_fails_at_once(string url, string more, string code)
    {
        var (run, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", new(url, UriKind.RelativeOrAbsolute), more, attempts: 3)));

        Assert.Equal((RunStatus.Failed, code, 1), (run.Status, run.Error!.Code, done.Single(each => each.ActivityId == "Request1").Attempts));
        Assert.DoesNotContain("pw", run.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_there_is_an_outcome_where_the_definition_has_a_way_for_it_and_else_a_failure()
    {
        var nobody = new Uri($"http://127.0.0.1:{SharedServer.FreePorts(1)[0]}/");
        var (handled, followed) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", nobody, attempts: 2), ("Failed to connect", "away"), ("Done", "done")));
        var (failed, _) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", nobody), ("Done", "done")));

        Assert.Equal((RunStatus.Succeeded, "away", 2), (handled.Status, followed.Single(each => each.Type is "Elsa.WriteLine").ActivityId, followed.Single(each => each.ActivityId == "Request1").Attempts));
        Assert.Equal((RunStatus.Failed, "http.connection_failed"), (failed.Status, failed.Error!.Code));
    }

    [Fact]
    public async Task A_server_that_is_late_is_an_outcome_too()
    {
        await using var other = await OtherServer.StartAsync();
        var (run, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/slow")), ("Timeout", "late")), options => options.Timeout = TimeSpan.FromMilliseconds(300));

        Assert.Equal((RunStatus.Succeeded, "late"), (run.Status, done.Single(each => each.Type is "Elsa.WriteLine").ActivityId));
    }

    [Fact]
    public async Task A_status_that_may_pass_is_tried_again_as_the_retry_policy_says()
    {
        await using var other = await OtherServer.StartAsync();
        other.Failures = 2;
        var (run, done) = await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/flaky"), attempts: 3)));

        Assert.Equal((RunStatus.Succeeded, 3, 3), (run.Status, done.Single(each => each.ActivityId == "Request1").Attempts, other.Requests.Count));
        other.Failures = 1;
        Assert.Equal("Unmatched status code", (await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/flaky"))))).Done.Single(each => each.ActivityId == "Request1").Outcomes[0]);
    }

    [Theory]
    [InlineData("/ok", "ok1 next1")]
    [InlineData("/status?code=404", "unmatched1 next1")]
    [InlineData(null, "away1 next1")]
    public async Task Outside_of_flowcharts_an_inner_activity_follows_and_then_the_next_one(string? path, string followed)
    {
        await using var other = await OtherServer.StartAsync();
        var address = path is null ? new Uri($"http://127.0.0.1:{SharedServer.FreePorts(1)[0]}/") : other.At(path);
        var request = Request("Elsa.SendHttpRequest", address, $$"""
            "statusCode": { "typeName": "Int32", "memoryReference": { "id": "status" } },
            "expectedStatusCodes": [ { "statusCode": 200, "activity": {{Line("ok1", "'got ' + getStatus() + getParsedContentFromRequest1().rows")}} }, { "statusCode": 500, "activity": {{Line("five1")}} } ],
            "unmatchedStatusCode": {{Line("unmatched1")}}, "failedToConnect": {{Line("away1")}}
            """);
        var (run, done) = await RunAsync($$"""
            { "definitionId": "asks", "name": "Asks", "version": 1, "variables": [ { "id": "status", "name": "Status", "typeName": "Int32" } ],
              "root": { "id": "Sequence1", "type": "Elsa.Sequence", "activities": [ {{request}}, {{Line("next1")}} ] } }
            """);

        Assert.Equal((RunStatus.Succeeded, followed), (run.Status, string.Join(' ', done.Where(each => each.Type is "Elsa.WriteLine").OrderBy(each => each.Number).Select(each => each.ActivityId))));
        if (path is "/ok") Assert.Equal("got 2003", done.Single(each => each.ActivityId == "ok1").Inputs["Text"].GetString());
        var asked = done.Single(each => each.ActivityId == "Request1");
        Assert.Equal((ActivityStatus.Succeeded, 1, path is not null), (asked.Status, asked.Attempts, asked.Outputs.ContainsKey("StatusCode")));
    }

    [Fact]
    public async Task A_rerun_of_what_follows_goes_the_way_of_the_earlier_answer_and_asks_nobody()
    {
        await using var other = await OtherServer.StartAsync();
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Http:AllowedHosts"] = "127.0.0.1" });
        server.AddDefinition("asks", $$"""
            { "definitionId": "asks", "name": "Asks", "version": 1, "root": { "id": "Sequence1", "type": "Elsa.Sequence", "activities": [
              {{Request("Elsa.SendHttpRequest", other.At("/status?code=404"), $$""" "expectedStatusCodes": [ { "statusCode": 200, "activity": {{Line("ok1")}} } ], "unmatchedStatusCode": {{Line("unmatched1")}} """)}}, {{Line("next1")}} ] } }
            """);
        var (_, first, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "asks" });
        Assert.Equal(["Request1", "Sequence1", "next1", "unmatched1"], await EndedAsync(first.GetProperty("id").GetString()!));
        var (_, again, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/runs/{first.GetProperty("id")}/rerun", new { from = "next1" });
        Assert.Equal(["Request1", "Sequence1", "next1", "unmatched1"], await EndedAsync(again.GetProperty("id").GetString()!));
        Assert.Single(other.Requests);

        async Task<string[]> EndedAsync(string id)
        {
            await Eventually.IsAsync("the run succeeds", async () => (await server.GetAsync($"/api/v1/runs/{id}")).GetProperty("run").GetProperty("status").GetString() is "Succeeded");
            var activities = (await server.GetAsync($"/api/v1/runs/{id}/activities")).GetProperty("items").EnumerateArray().ToList();
            Assert.All(activities, activity => Assert.Equal("Succeeded", activity.GetProperty("status").GetString()));
            return [.. activities.Select(activity => activity.GetProperty("activityId").GetString()!).Order(StringComparer.Ordinal)];
        }
    }

    [Fact]
    public async Task The_trace_goes_on_in_the_server_that_is_asked()
    {
        using var trace = new RecordedTrace();
        await using var other = await OtherServer.StartAsync();
        await RunAsync(Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/ok?token=geheim"))), traceParent: trace.TraceParent);

        var span = trace.Spans.Single(each => each.OperationName == "HTTP GET");
        Assert.Equal((span.Id, "activity Elsa.FlowSendHttpRequest", 200, other.At("/ok").ToString()), (other.Requests.Single().Headers["traceparent"],
            trace.Spans.Single(each => each.SpanId == span.ParentSpanId).OperationName, span.GetTagItem("http.response.status_code"), span.GetTagItem("url.full")));
    }

    [Fact]
    public async Task A_secret_opens_the_other_server_and_is_masked_in_what_it_sends_back()
    {
        const string Value = "geheim-4711-abc";
        await using var other = await OtherServer.StartAsync();
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Http:AllowedHosts"] = "127.0.0.1" });
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/shop-api", new { value = Value }, ("If-Match", "*"));
        server.AddDefinition("asks", Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/echo"), """
            "authorization": { "typeName": "String", "expression": { "type": "Literal", "value": "Bearer ${secret:shop-api}" } },
            "method": { "typeName": "String", "expression": { "type": "Literal", "value": "POST" } },
            "content": { "typeName": "Object", "expression": { "type": "JavaScript", "value": "({ token: getSecret('shop-api') })" } }
            """)));
        var (_, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "asks" });
        JsonElement run = default;
        await Eventually.IsAsync("the run ends", async () => (run = await server.GetAsync($"/api/v1/runs/{started.GetProperty("id")}")).GetProperty("run").GetProperty("status").GetString() is "Succeeded" or "Failed");

        Assert.Equal(("Succeeded", $"Bearer {Value}", $$"""{"token":"{{Value}}"}"""), (run.GetProperty("run").GetProperty("status").GetString(), other.Requests.Single().Headers["Authorization"], other.Requests.Single().Body));
        var outputs = (await server.GetAsync($"/api/v1/runs/{started.GetProperty("id")}/outputs")).ToString();
        Assert.Contains("Bearer ***", outputs, StringComparison.Ordinal);
        Assert.DoesNotContain(Value, outputs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_is_limited_to_hosts_goes_nowhere_else()
    {
        await using var other = await OtherServer.StartAsync();
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Http:AllowedHosts"] = "127.0.0.1" });
        await SetAsync("api.example.org,*.example.com:8443");
        server.AddDefinition("asks", Flowchart(Request("Elsa.FlowSendHttpRequest", other.At("/ok"), """
            "requestHeaders": { "typeName": "HttpHeaders", "expression": { "type": "Json", "value": { "X-Key": "secret:shop-api" } } }
            """, attempts: 3)));
        var (_, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "asks" });
        var failed = await EndAsync(started);

        Assert.Equal(("Failed", "secrets.host_not_allowed"), (failed.GetProperty("status").GetString(), failed.GetProperty("error").GetProperty("code").GetString()));
        Assert.Contains($"The secret 'shop-api' may not be sent to 127.0.0.1:{other.Port}.", failed.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Empty(other.Requests);
        await SetAsync($"127.0.0.1:{other.Port}");
        var (_, again, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/runs/{started.GetProperty("id")}/retry", new { });
        Assert.Equal("Succeeded", (await EndAsync(again)).GetProperty("status").GetString());
        Assert.Equal("geheim-4711-abc", other.Requests.Single().Headers["X-Key"]);

        async Task SetAsync(string hosts)
        {
            var (_, secret, _) = await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/shop-api", new { value = "geheim-4711-abc", hosts }, ("If-Match", "*"));
            Assert.Equal(hosts, secret.GetProperty("hosts").GetString());
        }

        async Task<JsonElement> EndAsync(JsonElement of)
        {
            JsonElement run = default;
            await Eventually.IsAsync("the run ends", async () =>
                (run = (await server.GetAsync($"/api/v1/runs/{of.GetProperty("id")}")).GetProperty("run")).GetProperty("status").GetString() is "Succeeded" or "Failed");
            return run;
        }
    }

    async Task<(Run Run, IReadOnlyList<ActivityExecution> Done)> RunAsync(string definition, Action<HttpOptions>? configure = null, string? traceParent = null)
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, services: all => all.Configure<HttpOptions>(options =>
        {
            options.AllowedHosts = "127.0.0.1";
            configure?.Invoke(options);
        }));
        var created = await runtime.Store.CreateAsync(runtime.Start(definition) with { TraceParent = traceParent }, Token);
        var run = await runtime.Worker.DriveAsync(created.Id, runtime, Token);
        return (run, await runtime.Store.ListExecutionsAsync(run.Id, Token));
    }

    static string Request(string type, Uri address, string more = "", int attempts = 1) => $$"""
        { "id": "Request1", "type": "{{type}}", "customProperties": { "retryPolicy": { "attempts": {{attempts}}, "delay": "00:00:00.010" } },
          "url": { "typeName": "Uri", "expression": { "type": "Literal", "value": "{{address.OriginalString}}" } }{{(string.IsNullOrWhiteSpace(more) ? "" : ",")}} {{more}} }
        """;

    static string Line(string id, string script = "''") =>
        $$"""{ "id": "{{id}}", "type": "Elsa.WriteLine", "text": { "typeName": "String", "expression": { "type": "JavaScript", "value": "{{script}}" } } }""";

    static string Flowchart(string request, params (string Port, string Target)[] ways) => $$"""
        { "definitionId": "asks", "name": "Asks", "version": 1, "root": { "id": "Flowchart1", "type": "Elsa.Flowchart",
          "activities": [ {{string.Join(", ", ways.Select(way => Line(way.Target)).Prepend(request))}} ],
          "connections": [ {{string.Join(", ", ways.Select(way => $$"""{ "source": { "activity": "Request1", "port": "{{way.Port}}" }, "target": { "activity": "{{way.Target}}" } }"""))}} ] } }
        """;
}
