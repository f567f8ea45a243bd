using System.Net;
using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>Reruns over the API: planned, agreed to, started, shown as a chain.</summary>
public sealed class ApiRerunTests(PostgresFixture postgres)
{
    static Func<ActivityExecutionContext, Task> Fails => _ => throw new ActivityFailedException("test.broken", "It is broken. Mend it.", isRetryable: false);

    [Fact]
    public async Task A_failed_run_is_planned_retried_with_the_plan_and_shown_with_its_attempts()
    {
        await using var server = await StartAsync();
        var failed = await RunAsync(server, Fails);

        var plan = await PostAsync(server, $"{failed}/rerun-plan", new { retry = true }, HttpStatusCode.OK);
        Assert.Equal(["Build1 Reused", "Load1 Runs", "Tune1 Runs"], Verdicts(plan));
        Assert.Equal("failed with test.broken", plan.GetProperty("activities").EnumerateArray().Single(activity => activity.GetProperty("activityId").GetString() == "Load1").GetProperty("why").GetString());
        var executed = Watch(server);
        var (status, started, _) = await server.SendAsync(HttpMethod.Post, $"{failed}/retry", new { planToken = plan.GetProperty("token").GetString() }, ("Idempotency-Key", "again"));
        Assert.Equal(HttpStatusCode.Created, status);
        var retried = $"/api/v1/runs/{started.GetProperty("id").GetString()}";
        Assert.Equal("Succeeded", await EndAsync(server, retried));

        Assert.Equal(["Load1", "Tune1"], executed.Order());
        var activities = (await server.GetAsync($"{retried}/activities")).GetProperty("items").EnumerateArray().ToDictionary(activity =>
            activity.GetProperty("activityId").GetString()!);
        Assert.EndsWith(activities["Build1"].GetProperty("reusedFrom").GetString()!, failed, StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, activities["Load1"].GetProperty("reusedFrom").ValueKind);
        Assert.Equal([failed, retried], (await server.GetAsync($"{retried}/chain")).EnumerateArray().Select(run => $"/api/v1/runs/{run.GetProperty("id").GetString()}"));
        // The same request gives the same run, although the plan would be another one by now.
        var (again, same, _) = await server.SendAsync(HttpMethod.Post, $"{failed}/retry", new { planToken = plan.GetProperty("token").GetString() }, ("Idempotency-Key", "again"));
        Assert.Equal((HttpStatusCode.OK, started.GetProperty("id").GetString()), (again, same.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_plan_that_changed_since_is_refused_with_what_changed()
    {
        await using var server = await StartAsync();
        server.Work["Build1"] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft("fact", context.Attempt.Partition));
            return Task.CompletedTask;
        };
        var first = await RunAsync(server, Fails);
        var plan = await PostAsync(server, $"{first}/rerun-plan", new { retry = true }, HttpStatusCode.OK);
        await RunAsync(server, Fails);
        var (status, problem, _) = await server.SendAsync(HttpMethod.Post, $"{first}/retry", new { planToken = plan.GetProperty("token").GetString() });
        Assert.Equal((HttpStatusCode.Conflict, "rerun.plan_changed"), (status, problem.GetProperty("code").GetString()));
        Assert.Contains(problem.GetProperty("changes").EnumerateArray(), change => change.GetString()!.StartsWith("'Build1' runs now: what it wrote (fact 2026-10) was replaced by run ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task From_only_and_whole_execute_what_they_say_and_what_makes_no_sense_is_a_problem()
    {
        await using var server = await StartAsync();
        var run = await RunAsync(server, _ => Task.CompletedTask);
        Assert.Equal(["Load1", "Tune1"], await ExecutedAsync(server, run, new { from = "Load1" }));
        Assert.Equal(["Load1"], await ExecutedAsync(server, run, new { only = "Load1" }));
        Assert.Equal(["Build1", "Load1", "Tune1"], await ExecutedAsync(server, run, body: null));

        Assert.Equal("There is no activity 'Load2' in month. Did you mean 'Load1'?", await server.RefusedAsync(HttpMethod.Post, $"{run}/rerun", 422, "rerun.unknown_activity", new { from = "Load2" }));
        await server.RefusedAsync(HttpMethod.Post, $"{run}/retry", 409, "rerun.nothing_to_retry");
        await server.RefusedAsync(HttpMethod.Post, $"{run}/rerun", 422, "rerun.unknown_input", new { inputs = new { rows = 7 } });
        await server.RefusedAsync(HttpMethod.Post, $"{run}/rerun", 400, "request.bad_value", new { from = "Load1", only = "Load1" });
        foreach (var what in new[] { "retry", "rerun", "rerun-plan" }) await server.RefusedAsync(HttpMethod.Post, $"/api/v1/runs/{Guid.CreateVersion7()}/{what}", 404, "run.unknown");
        await server.RefusedAsync(HttpMethod.Get, $"/api/v1/runs/{Guid.CreateVersion7()}/chain", 404, "run.unknown");
    }

    [Fact]
    public async Task While_another_run_has_the_month_a_rerun_is_refused_with_its_id()
    {
        await using var server = await StartAsync();
        var run = await RunAsync(server, Fails);
        var gate = new TaskCompletionSource();
        server.Work["Build1"] = _ => gate.Task;
        var active = await PostAsync(server, "/api/v1/runs", new { workflow = "month", partition = "2026-10" }, HttpStatusCode.Created);
        var (status, problem, _) = await server.SendAsync(HttpMethod.Post, $"{run}/rerun");
        Assert.Equal((HttpStatusCode.Conflict, "run.already_active", active.GetProperty("id").GetString()),
            (status, problem.GetProperty("code").GetString(), problem.GetProperty("activeRun").GetString()));
        gate.SetResult();
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddWorkflow("month", "Build1 -> Load1", "Load1 -> Tune1");
        return server;
    }

    static string[] Verdicts(JsonElement plan) =>
        [.. plan.GetProperty("activities").EnumerateArray().Where(activity => !activity.GetProperty("isContainer").GetBoolean()).Select(activity => $"{activity.GetProperty("activityId")} {activity.GetProperty("verdict")}")];

    /// <summary>Runs the month; how its load goes is said here.</summary>
    static async Task<string> RunAsync(ServerHarness server, Func<ActivityExecutionContext, Task> load)
    {
        server.Work["Load1"] = load;
        var started = await PostAsync(server, "/api/v1/runs", new { workflow = "month", partition = "2026-10" }, HttpStatusCode.Created);
        var path = $"/api/v1/runs/{started.GetProperty("id").GetString()}";
        await EndAsync(server, path);
        server.Work.TryRemove("Load1", out _);
        return path;
    }

    static async Task<IEnumerable<string>> ExecutedAsync(ServerHarness server, string run, object? body)
    {
        var executed = Watch(server);
        var started = await PostAsync(server, $"{run}/rerun", body, HttpStatusCode.Created);
        Assert.Equal("Succeeded", await EndAsync(server, $"/api/v1/runs/{started.GetProperty("id").GetString()}"));
        return executed.Order();
    }

    static System.Collections.Concurrent.ConcurrentQueue<string> Watch(ServerHarness server)
    {
        var executed = new System.Collections.Concurrent.ConcurrentQueue<string>();
        foreach (var id in new[] { "Build1", "Load1", "Tune1" })
        {
            server.Work[id] = context =>
            {
                executed.Enqueue(context.Attempt.ActivityId);
                return Task.CompletedTask;
            };
        }
        return executed;
    }

    static async Task<JsonElement> PostAsync(ServerHarness server, string path, object? body, HttpStatusCode expected)
    {
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, path, body);
        Assert.True(status == expected, $"POST {path} gave {status}: {answer}");
        return answer;
    }

    static async Task<string?> EndAsync(ServerHarness server, string path)
    {
        JsonElement run = default;
        await Eventually.IsAsync($"the end of {path}", async () =>
            (run = (await server.GetAsync(path)).GetProperty("run")).GetProperty("finishedAt").ValueKind is not JsonValueKind.Null);
        return run.GetProperty("status").GetString();
    }
}
