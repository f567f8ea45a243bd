using System.Net;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>Runs over the API: started, listed, shown, cancelled.</summary>
public sealed class ApiRunTests(PostgresFixture postgres)
{
    static readonly object October = new { workflow = "two", partition = "2026-10" };

    [Fact]
    public async Task Run_is_started_driven_and_shown_with_all_it_did()
    {
        await using var server = await StartAsync();
        var tries = 0;
        server.Work["A1"] = context =>
        {
            if (Interlocked.Increment(ref tries) == 1) throw new ActivityFailedException("test.flaky", "It was not there yet.", isRetryable: true);
            context.Attempt.Log("Note", "Half of it is done.");
            context.Attempt.SetMetric("total", 12.50m);
            context.Attempt.Add(RuntimeHarness.Draft("raw/things", new Partition(new(2026, 10, 1))));
            context.Attempt.Add(new AssetCheckResult("rows", new("raw/things"), null, CheckSeverity.Warning, IsPassed: false, "3", "2", ["row 3"]));
            return Task.CompletedTask;
        };

        var (status, started, headers) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "two", partition = "2026-10", priority = 5 });
        Assert.Equal(HttpStatusCode.Created, status);
        var path = headers.Location!.OriginalString;
        Assert.Equal($"/api/v1/runs/{started.GetProperty("id").GetString()}", path);
        var ended = await EndAsync(server, path);

        var run = ended.GetProperty("run");
        Assert.Equal(("Succeeded", "two", "2026-10", 5, "local"), (run.GetProperty("status").GetString(), run.GetProperty("workflow").GetString(),
            run.GetProperty("partition").GetString(), run.GetProperty("priority").GetInt32(), run.GetProperty("startedBy").GetString()));
        var first = (await server.GetAsync($"{path}/activities")).GetProperty("items").EnumerateArray().First(activity =>
            activity.GetProperty("activityId").GetString() == "A1");
        Assert.Equal(["Failed test.flaky", " "], first.GetProperty("attempts").EnumerateArray().Select(attempt =>
            $"{attempt.GetProperty("failure").GetString()} {(attempt.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("code").GetString() : "")}"));
        Assert.Equal("12.50", first.GetProperty("metrics").GetProperty("total").GetString());
        Assert.Equal(first.GetRawText(), (await server.GetAsync($"{path}/activities/{first.GetProperty("number")}")).GetRawText());
        Assert.Equal(["Half of it is done."], (await server.GetAsync($"{path}/log")).GetProperty("items").EnumerateArray().Select(line =>
            line.GetProperty("message").GetString()));
        var check = Assert.Single((await server.GetAsync($"{path}/checks")).EnumerateArray());
        Assert.Equal(("rows", "Warning", false), (check.GetProperty("check").GetString(), check.GetProperty("severity").GetString(), check.GetProperty("isPassed").GetBoolean()));
        Assert.Equal(["raw/things"], (await server.GetAsync($"{path}/materializations")).EnumerateArray().Select(found => found.GetProperty("asset").GetString()));
        Assert.Equal("two", (await server.GetAsync($"{path}/definition")).GetProperty("definitionId").GetString());
        Assert.Equal(JsonValueKind.Array, (await server.GetAsync($"{path}/outputs")).ValueKind);
    }

    [Fact]
    public async Task Asking_again_with_the_same_key_gives_the_same_run_also_to_many_at_once()
    {
        await using var server = await StartAsync(workers: 1);
        var gate = Hold(server, "A1");
        (string, string) key = ("Idempotency-Key", "click 4711");

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.SendAsync(HttpMethod.Post, "/api/v1/runs", October, key)));

        Assert.Single(answers.Select(answer => answer.Body.GetProperty("id").GetString()).Distinct());
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.Created or HttpStatusCode.OK, $"{answer.Body}"));
        Assert.Single((await server.GetAsync("/api/v1/runs")).GetProperty("items").EnumerateArray());
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "request.idempotency_key_reused", new { workflow = "two", partition = "2026-09" }, key);
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.bad_idempotency_key", October, ("Idempotency-Key", new string('x', 201)));
        gate.SetResult();
    }

    [Fact]
    public async Task Second_run_of_a_month_is_refused_with_the_id_of_the_first_or_queued_by_choice()
    {
        await using var server = await StartAsync();
        var gate = Hold(server, "A1");
        var first = (await server.SendAsync(HttpMethod.Post, "/api/v1/runs", October)).Body.GetProperty("id").GetString();

        var (status, refused, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", October);
        Assert.Equal((HttpStatusCode.Conflict, "run.already_active", first), (status, refused.GetProperty("code").GetString(), refused.GetProperty("activeRun").GetString()));
        var (accepted, queued, headers) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "two", partition = "2026-10", whenActive = "Queue" });
        Assert.Equal((HttpStatusCode.Created, "Queued"), (accepted, queued.GetProperty("status").GetString()));
        gate.SetResult();

        Assert.Equal("Succeeded", (await EndAsync(server, headers.Location!.OriginalString)).GetProperty("run").GetProperty("status").GetString());
    }

    [Fact]
    public async Task Definition_that_is_sent_along_is_run_and_kept()
    {
        await using var server = await StartAsync();
        var definition = JsonElement.Parse(RuntimeHarness.FlowchartOf("Test.ServerJob", "A1 -> B1"));

        var (status, _, headers) = await server.SendAsync(HttpMethod.Post, "/api/v1/workflows/run", new { definition, partition = "none" });

        Assert.Equal(HttpStatusCode.Created, status);
        var run = (await EndAsync(server, headers.Location!.OriginalString)).GetProperty("run");
        Assert.Equal(("Succeeded", "test", JsonValueKind.Null), (run.GetProperty("status").GetString(), run.GetProperty("workflow").GetString(), run.GetProperty("partition").ValueKind));
        var broken = JsonElement.Parse(RuntimeHarness.FlowchartOf("Test.Unknown", "A1 -> B1"));
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/workflows/run", 422, "definition.invalid", new { definition = broken });
        var validation = (await server.SendAsync(HttpMethod.Post, "/api/v1/workflows/validate", broken)).Body;
        Assert.False(validation.GetProperty("isValid").GetBoolean());
        Assert.Equal("activity.unknown_type", validation.GetProperty("problems")[0].GetProperty("code").GetString());
    }

    [Fact]
    public async Task Cancelled_run_ends_and_says_who_wanted_it()
    {
        await using var server = await StartAsync();
        server.Work["A1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var path = (await server.SendAsync(HttpMethod.Post, "/api/v1/runs", October)).Headers.Location!.OriginalString;

        var (status, asked, _) = await server.SendAsync(HttpMethod.Post, $"{path}/cancel", new { reason = "Wrong month." });

        Assert.Equal((HttpStatusCode.OK, true), (status, asked.GetProperty("isCancelRequested").GetBoolean()));
        var run = (await EndAsync(server, path)).GetProperty("run");
        Assert.Equal("Cancelled", run.GetProperty("status").GetString());
        Assert.Contains("Wrong month.", run.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        await server.RefusedAsync(HttpMethod.Post, $"{path}/cancel", 409, "run.has_ended");
    }

    [Theory]
    [InlineData("", "2026-12 2026-11 2026-10 2026-09 2026-08")]
    [InlineData("sort=created", "2026-08 2026-09 2026-10 2026-11 2026-12")]
    [InlineData("sort=partition", "2026-08 2026-09 2026-10 2026-11 2026-12")]
    [InlineData("sort=-finished", "2026-12 2026-11 2026-10 2026-09 2026-08")]
    [InlineData("fromPartition=2026-10&toPartition=2026-11&sort=partition", "2026-10 2026-11")]
    [InlineData("partition=2026-09&status=succeeded,failed&workflow=two", "2026-09")]
    [InlineData("status=Failed", "")]
    public async Task List_is_filtered_sorted_and_read_a_page_at_a_time(string query, string expected)
    {
        await using var server = await StartAsync(workers: 1);
        foreach (var month in new[] { "2026-08", "2026-09", "2026-10", "2026-11", "2026-12" })
            await EndAsync(server, (await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "two", partition = month })).Headers.Location!.OriginalString);

        var (months, cursor) = (new List<string?>(), "");
        do
        {
            var page = await server.GetAsync($"/api/v1/runs?limit=2&{query}{cursor}");
            months.AddRange(page.GetProperty("items").EnumerateArray().Select(run => run.GetProperty("partition").GetString()));
            cursor = page.GetProperty("next").GetString() is { } next ? $"&cursor={next}" : null;
        }
        while (cursor is not null);

        Assert.Equal(expected, string.Join(' ', months));
    }

    [Fact]
    public async Task Request_that_cannot_be_is_refused_with_a_problem_of_its_own()
    {
        await using var server = await StartAsync();
        server.AddDefinition("inputs", RuntimeHarness.FlowchartOf("Test.ServerJob", "A1").Replace("\"definitionId\":\"test\"",
            "\"definitionId\":\"inputs\",\"inputs\":[{\"name\":\"rows\",\"type\":\"Int32\",\"isRequired\":true}]", StringComparison.Ordinal));
        var unknown = $"/api/v1/runs/{Guid.CreateVersion7()}";

        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed", "{ \"workflow\": ");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed", "[1]");
        Assert.Equal("The request cannot be read: It has no body. Send one as JSON. /openapi/v1.json says what is expected.",
            await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed"));
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed", "{}");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed", "{\"workflow\":\"two\",\"whenActive\":7}");
        Assert.Contains("partitoin", await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.malformed", new { workflow = "two", partitoin = "2026-10" }), StringComparison.Ordinal);
        Assert.Equal("'partition' is '2026-13', which is not a month. Write it as year and month, such as 2026-10.",
            await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 400, "request.bad_month", new { workflow = "two", partition = "2026-13" }));
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 404, "workflow.unknown", new { workflow = "three" });
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "run.bad_input", new { workflow = "two", inputs = new { rows = 5 } });
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "run.bad_input", new { workflow = "inputs" });
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "run.bad_input", new { workflow = "inputs", inputs = new { rows = "many" } });
        foreach (var part in new[] { "", "/definition", "/activities", "/activities/1", "/log", "/outputs", "/checks", "/materializations", "/events" })
            await server.RefusedAsync(HttpMethod.Get, unknown + part, 404, "run.unknown");
        await server.RefusedAsync(HttpMethod.Post, $"{unknown}/cancel", 404, "run.unknown");
        Assert.Equal("The request cannot be read: '4711' is no value of 'id', "
            + "which is an id such as 0199a3f2-5c1e-7d40-8a6b-3f2e1d0c9b8a. /openapi/v1.json says what is expected.",
            await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs/4711", 400, "request.malformed"));
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?limit=0", 400, "request.bad_limit");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?limit=many", 400, "request.malformed");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?cursor=nonsense", 400, "request.bad_cursor");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?cursor=%00", 400, "request.bad_cursor");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?status=Odd", 400, "request.bad_status");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?status=1", 400, "request.bad_status");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?sort=color", 400, "request.bad_sort");
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?partition=october", 400, "request.bad_month");
    }

    [Fact]
    public async Task Body_that_is_too_large_or_no_JSON_is_refused()
    {
        await using var server = await StartAsync(settings: new() { ["Api:LargestRequestBytes"] = "2000" });

        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 413, "request.too_large", new { workflow = new string('x', 3000) });
        using var form = new FormUrlEncodedContent([new("workflow", "two")]);
        using var answer = await server.Client.PostAsync(new Uri("/api/v1/runs", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
    }

    static TaskCompletionSource Hold(ServerHarness server, string activity)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Work[activity] = context => gate.Task.WaitAsync(context.CancellationToken);
        return gate;
    }

    async Task<ServerHarness> StartAsync(int workers = 4, Dictionary<string, string?>? settings = null)
    {
        var server = await ServerHarness.StartAsync(postgres, workers: workers, settings: settings);
        server.AddWorkflow("two", "A1 -> B1");
        return server;
    }

    /// <summary>Waits for the end of a run.</summary>
    static async Task<JsonElement> EndAsync(ServerHarness server, string path)
    {
        var events = await server.Client.GetStringAsync(new Uri($"{path}/events", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("event: run.finished", events, StringComparison.Ordinal);
        return await server.GetAsync(path);
    }
}
