using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Alerts;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Alerts;

public sealed class AlertTests(PostgresFixture postgres)
{
    static readonly Partition October = new(new(2026, 10, 1));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_and_its_recovery_are_told_signed_and_once_each_though_the_receiver_refused_at_first()
    {
        await using var receiver = await AlertReceiver.StartAsync(refused: 2);
        await using var server = await StartAsync(receiver.Address);
        server.Work["A1"] = _ => throw new ActivityFailedException("test.broken", "It broke.", isRetryable: false);
        var failed = await RunAsync(server, October);
        var told = Assert.Single(await receiver.TakenAsync(1));
        Assert.Equal(("run.failed", "monthly", "2026-10", failed.ToString(), "Failed", "test.broken"),
            (Text(told, "event"), Text(told, "workflow"), Text(told, "partition"), Text(told, "run", "id"), Text(told, "run", "status"), Text(told, "run", "error", "code")));
        Assert.Equal($"http://orchestrator.test/runs/{failed}", Text(told, "run", "url"));

        server.Work["A1"] = _ => Task.CompletedTask;
        // Another month says nothing about this one.
        await RunAsync(server, new(new(2026, 9, 1)));
        var succeeded = await RunAsync(server, October);
        var recovered = (await receiver.TakenAsync(1))[1];
        await RunAsync(server, October);

        Assert.Equal(("run.recovered", succeeded.ToString(), failed.ToString()), (Text(recovered, "event"), Text(recovered, "run", "id"), Text(recovered, "previousRun", "id")));
        Assert.Equal([503, 503, 200, 200], receiver.Requests.Select(request => request.Answer));
        // The same id in each attempt: who counts ids counts each alert once.
        Assert.Equal([3, 1], receiver.Requests.GroupBy(request => request.Id).Select(attempts => attempts.Count()));
    }

    [Fact]
    public async Task An_alert_that_could_not_be_told_is_told_by_the_server_that_comes_after()
    {
        await using var receiver = await AlertReceiver.StartAsync();
        await using var first = await StartAsync(new($"http://127.0.0.1:{SharedServer.FreePorts(1)[0]}/hook"));
        first.Work["A1"] = _ => throw new ActivityFailedException("test.broken", "It broke.", isRetryable: false);
        var failed = await RunAsync(first, partition: null);
        await UntilAsync(() => first.Log.Any(line => line.Contains("The receiver could not be reached", StringComparison.Ordinal)));
        await first.DrainAsync();

        await using var second = await StartAsync(receiver.Address, beside: first);

        Assert.Equal(failed.ToString(), Text(Assert.Single(await receiver.TakenAsync(1)), "run", "id"));
    }

    [Fact]
    public async Task A_due_time_whose_run_does_not_start_is_told_once_as_late()
    {
        await using var receiver = await AlertReceiver.StartAsync();
        await using var server = await StartAsync(receiver.Address, settings: new() { ["Alerts:NotStartedAfter"] = "00:01:00" });
        var store = server.Services.GetRequiredService<StoreDatabase>();
        await using (var due = store.DataSource.CreateCommand("""
            insert into orchestrator.schedule (id, definition_id, cron, zone, mapping, catch_up, max_parallel, is_on, inputs, priority, version, created_at, changed_at, rule_since, settled_until)
            values ('nightly', 'monthly', '0 2 * * *', 'UTC', 'None', 'None', 1, false, '{}', 0, 1, now(), now(), now(), now());
            insert into orchestrator.occurrence (schedule_id, due_at, status, is_manual, recorded_at)
            values ('nightly', now() - interval '5 min', 'Pending', false, now()), ('nightly', now() - interval '30 s', 'Pending', false, now()),
              ('nightly', now() - interval '6 min', 'Skipped', false, now())
            """))
            await due.ExecuteNonQueryAsync(Token);

        var late = Assert.Single(await receiver.TakenAsync(1));
        Assert.Equal(("run.late", "nightly"), (Text(late, "event"), Text(late, "schedule", "id")));
        Assert.EndsWith("and has not started.", Text(late, "summary"), StringComparison.Ordinal);
        var outbox = server.Services.GetRequiredService<AlertOutbox>();
        await outbox.NoteLateAsync(TimeSpan.FromMinutes(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1), Token);
        Assert.Empty(await outbox.TakeAsync(TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), Token));
    }

    [Fact]
    public async Task Alerts_without_a_key_keep_the_server_from_starting()
    {
        var refused = await Assert.ThrowsAsync<PlatformException>(() => ServerHarness.StartAsync(
            postgres, settings: new() { ["Alerts:Url"] = "https://hooks.example.org/", ["Alerts:Secret"] = "short" }));
        Assert.Equal("server.bad_setting", refused.Code);
        Assert.Contains("Alerts__Secret", refused.Message, StringComparison.Ordinal);
    }

    async Task<ServerHarness> StartAsync(Uri receiver, ServerHarness? beside = null, Dictionary<string, string?>? settings = null)
    {
        var server = await ServerHarness.StartAsync(postgres, beside: beside, settings: new(settings ?? [])
        {
            ["Alerts:Url"] = receiver.ToString(), ["Alerts:Secret"] = AlertReceiver.Secret, ["Alerts:FirstDelay"] = "00:00:00.020",
            ["Telemetry:RunUrlTemplate"] = "http://orchestrator.test/runs/{runId}",
        });
        server.AddWorkflow("monthly", "A1");
        return server;
    }

    static async Task<Guid> RunAsync(ServerHarness server, Partition? partition)
    {
        var runs = server.Services.GetRequiredService<RunStore>();
        var run = await runs.CreateAsync(
            new(Guid.CreateVersion7(), await server.FindAsync("monthly"), partition, new Dictionary<string, JsonElement>()), Token);
        await UntilAsync(async () => (await runs.FindAsync(run.Id, Token))!.Status.IsFinal);
        return run.Id;
    }

    static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await isSo()) return;
            await Task.Delay(50, Token);
        }
        Assert.Fail("It did not get there in 30 s.");
    }

    static string? Text(JsonElement document, params string[] path) => path.Aggregate(document, (at, name) => at.GetProperty(name)).GetString();
}
