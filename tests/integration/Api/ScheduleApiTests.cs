using System.Net;
using System.Text.Json;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>Schedules and backfills over HTTP, on a server that has every role.</summary>
public sealed class ScheduleApiTests(PostgresFixture postgres)
{
    const string Schedules = "/api/v1/schedules", Backfills = "/api/v1/backfills";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    // Nothing here may depend on a node that looks by itself now and then.
    static Dictionary<string, string?> NoPoll => new() { ["Schedules:Poll"] = "01:00:00" };

    [Fact]
    public async Task The_shipped_schedule_is_there_and_off_until_somebody_switches_it_on()
    {
        await using var server = await StartAsync(ServerRoles.Api);
        Assert.Empty((await server.GetAsync(Schedules)).GetProperty("items").EnumerateArray());
        await using var node = await ServerHarness.StartAsync(postgres, ServerRoles.Scheduler, beside: server);
        var shipped = await WaitAsync(async () => (await server.GetAsync(Schedules)).GetProperty("items") is var all && all.GetArrayLength() > 0 ? all[0] : default(JsonElement?));
        Assert.Equal(("monthly-sales", "0 2 1 * *", false, JsonValueKind.Null),
            (shipped.GetProperty("workflow").GetString(), shipped.GetProperty("cron").GetString(), shipped.GetProperty("isOn").GetBoolean(), shipped.GetProperty("nextDueAt").ValueKind));
        var (_, on, headers) = await server.SendAsync(HttpMethod.Post, $"{Schedules}/monthly-sales/on");
        Assert.Equal((JsonValueKind.String, "\"2\""), (on.GetProperty("nextDueAt").ValueKind, headers.ETag!.Tag));
    }

    [Fact]
    public async Task A_schedule_starts_its_runs_when_it_is_due_without_anybody_looking()
    {
        await using var server = await StartAsync();
        var (status, _, _) = await server.SendAsync(HttpMethod.Post, Schedules, """{"id":"often","workflow":"monthly-sales","cron":"* * * * * *","mapping":"None"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        // Several in a row: the alarm is set anew each time, and the end of a run makes room for the next.
        var due = await WaitAsync(async () =>
            (await server.GetAsync("/api/v1/occurrences?schedule=often&status=Started")).GetProperty("items") is var all && all.GetArrayLength() >= 3 ? all : default(JsonElement?));
        Assert.All(due.EnumerateArray(), one => Assert.Equal(JsonValueKind.String, one.GetProperty("runId").ValueKind));
        Assert.Equal(1, (await server.GetAsync($"{Schedules}/often/occurrences?limit=1")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_preview_of_an_expression_is_exactly_what_the_command_line_answers()
    {
        await using var server = await StartAsync(ServerRoles.Api);
        var text = await server.Client.GetStringAsync(new Uri($"{Schedules}/preview?cron=30+2+1+*+*&zone=Europe/Berlin&after=2026-10-01T00:00:00Z&count=2", UriKind.Relative), Token);
        Assert.Equal("""{"next":["2026-10-01T00:30:00Z","2026-11-01T01:30:00Z"]}""", text);
        var gap = await server.GetAsync($"{Schedules}/preview?cron=30+2+*+*+*&zone=Europe/Berlin&after=2026-03-28T12:00:00Z&count=1");
        Assert.Equal("02:30 does not exist on 2026-03-29 in Europe/Berlin: it runs at 03:00.", gap.GetProperty("notes")[0].GetString());
        await server.SendAsync(HttpMethod.Post, Schedules, """{"id":"mine","workflow":"monthly-sales","cron":"30 2 1 * *","zone":"Europe/Berlin","isOn":false}""");
        Assert.Equal(text, await server.Client.GetStringAsync(new Uri($"{Schedules}/mine/preview?after=2026-10-01T00:00:00Z&count=2", UriKind.Relative), Token));
    }

    [Fact]
    public async Task What_cannot_be_is_a_problem_with_a_code()
    {
        await using var server = await StartAsync(ServerRoles.Api);
        await server.RefusedAsync(HttpMethod.Get, $"{Schedules}/preview?cron=30+2+1+*&zone=UTC", 400, "schedule.bad_cron");
        await server.RefusedAsync(HttpMethod.Get, $"{Schedules}/preview?cron=30+2+1+*+*&zone=Nowhere", 400, "schedule.unknown_zone");
        await server.RefusedAsync(HttpMethod.Get, $"{Schedules}/nothing", 404, "schedule.unknown");
        await server.RefusedAsync(HttpMethod.Post, Schedules, 404, "workflow.unknown", """{"workflow":"nothing","cron":"0 2 1 * *"}""");
        await server.RefusedAsync(HttpMethod.Post, Backfills, 404, "workflow.unknown", """{"workflow":"nothing","from":"2026-01","to":"2026-01"}""");
        await server.RefusedAsync(HttpMethod.Post, Backfills, 400, "backfill.bad_range", """{"workflow":"monthly-sales","from":"2026-03","to":"2026-01"}""");
        await server.RefusedAsync(HttpMethod.Post, $"{Backfills}/0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55/pause", 404, "backfill.unknown");
    }

    [Fact]
    public async Task A_change_names_the_version_that_it_was_made_from()
    {
        await using var server = await StartAsync(ServerRoles.Api);
        const string Mine = $"{Schedules}/mine", Plan = """{"workflow":"monthly-sales","cron":"0 4 1 * *"}""";
        await server.SendAsync(HttpMethod.Post, Schedules, """{"id":"mine","workflow":"monthly-sales","cron":"0 2 1 * *"}""");
        await server.RefusedAsync(HttpMethod.Put, Mine, 428, "request.if_match_required", Plan);
        var (status, changed, headers) = await server.SendAsync(HttpMethod.Put, Mine, Plan, ("If-Match", "\"1\""));
        Assert.Equal((HttpStatusCode.OK, "0 4 1 * *", "\"2\""), (status, changed.GetProperty("cron").GetString(), headers.ETag!.Tag));
        await server.RefusedAsync(HttpMethod.Put, Mine, 412, "request.changed_meanwhile", Plan, ("If-Match", "\"1\""));
        await server.RefusedAsync(HttpMethod.Delete, Mine, 412, "request.changed_meanwhile", body: null, ("If-Match", "\"1\""));
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Delete, Mine, body: null, ("If-Match", "\"2\""))).Status);
        await server.RefusedAsync(HttpMethod.Get, Mine, 404, "schedule.unknown");
    }

    [Fact]
    public async Task A_backfill_runs_each_month_to_its_end_and_a_schedule_runs_now_for_the_month_that_is_named()
    {
        await using var server = await StartAsync();
        const string Range = "\"workflow\":\"monthly-sales\",\"from\":\"2026-01\",\"to\":\"2026-04\",\"maxParallel\":2";
        var (_, dry, _) = await server.SendAsync(HttpMethod.Post, Backfills, $"{{{Range},\"dryRun\":true}}");
        Assert.Equal((4, 8, 4), (dry.GetProperty("runs").GetInt32(), dry.GetProperty("activities").GetInt32(), dry.GetProperty("partitions").GetArrayLength()));
        var (status, started, _) = await server.SendAsync(HttpMethod.Post, Backfills, $"{{{Range}}}");
        Assert.Equal(HttpStatusCode.Created, status);
        var path = $"{Backfills}/{started.GetProperty("id").GetString()}";
        var ended = await WaitAsync(async () =>
            await server.GetAsync(path) is var now && now.GetProperty("backfill").GetProperty("finishedAt").ValueKind is JsonValueKind.String ? now : default(JsonElement?));
        var backfill = ended.GetProperty("backfill");
        Assert.Equal(("Succeeded", 4), (backfill.GetProperty("status").GetString(), backfill.GetProperty("progress").GetProperty("Succeeded").GetInt32()));
        Assert.Equal(["2026-01", "2026-02", "2026-03", "2026-04"], ended.GetProperty("partitions").EnumerateArray().Select(month => month.GetProperty("partition").GetString()));
        await server.RefusedAsync(HttpMethod.Post, $"{path}/resume", 409, "backfill.has_ended");

        await server.SendAsync(HttpMethod.Post, Schedules, """{"id":"mine","workflow":"monthly-sales","cron":"0 2 1 * *","isOn":false}""");
        var (_, due, _) = await server.SendAsync(HttpMethod.Post, $"{Schedules}/mine/run-now", """{"partition":"2026-05"}""");
        Assert.Equal(("2026-05", "Started", true), (due.GetProperty("partition").GetString(), due.GetProperty("status").GetString(), due.GetProperty("isManual").GetBoolean()));
    }

    [Fact]
    public async Task Asking_again_with_the_same_key_starts_no_second_backfill_and_no_second_run_of_a_schedule()
    {
        await using var server = await StartAsync(ServerRoles.Api);
        const string Range = """{"workflow":"monthly-sales","from":"2026-01","to":"2026-02"}""";
        (string, string) key = ("Idempotency-Key", "click 12");
        var (status, first, _) = await server.SendAsync(HttpMethod.Post, Backfills, Range, key);
        var (again, second, _) = await server.SendAsync(HttpMethod.Post, Backfills, Range, key);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, first.GetProperty("id").GetString()), (status, again, second.GetProperty("id").GetString()));
        await server.SendAsync(HttpMethod.Post, Backfills, Range);
        Assert.Equal(2, (await server.GetAsync(Backfills)).GetProperty("items").GetArrayLength());
        await server.RefusedAsync(HttpMethod.Post, Backfills, 422, "request.idempotency_key_reused", Range.Replace("02", "03", StringComparison.Ordinal), key);
        await server.RefusedAsync(HttpMethod.Post, Backfills, 400, "request.bad_idempotency_key", Range, ("Idempotency-Key", new string('x', 201)));

        const string RunNow = $"{Schedules}/mine/run-now", May = """{"partition":"2026-05"}""";
        await server.SendAsync(HttpMethod.Post, Schedules, """{"id":"mine","workflow":"monthly-sales","cron":"0 2 1 * *","isOn":false}""");
        await server.RefusedAsync(HttpMethod.Post, RunNow, 422, "request.idempotency_key_reused", May, key);
        (string, string) other = ("Idempotency-Key", "click 13");
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => server.SendAsync(HttpMethod.Post, RunNow, May, other)));
        Assert.Equal([HttpStatusCode.OK], answers.Select(answer => answer.Status).Distinct());
        Assert.Single(answers.Select(answer => answer.Body.GetProperty("runId").GetString()).Distinct());
        await server.RefusedAsync(HttpMethod.Post, RunNow, 422, "request.idempotency_key_reused", """{"partition":"2026-06"}""", other);
        Assert.Single((await server.GetAsync("/api/v1/runs?partition=2026-05")).GetProperty("items").EnumerateArray());
    }

    async Task<ServerHarness> StartAsync(ServerRoles roles = ServerRoles.All)
    {
        var server = await ServerHarness.StartAsync(postgres, roles, settings: NoPoll);
        server.AddWorkflow("monthly-sales", "A1 -> B1");
        return server;
    }

    static async Task<JsonElement> WaitAsync(Func<Task<JsonElement?>> look)
    {
        JsonElement? found = null;
        await Eventually.IsAsync("what the server is to show", async () => (found = await look()) is not null);
        return found!.Value;
    }
}
