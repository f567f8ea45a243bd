using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Reruns;

/// <summary>Reruns on a real store; the steps are those of a month, what they do is said here.</summary>
public sealed class RerunTests(PostgresFixture postgres)
{
    static readonly Partition October = new(new(2026, 10, 1));

    static readonly string Month = RuntimeHarness.Flowchart(
        "Generate1 -> Upload1", "Upload1 -> Star1", "Star1 -> MartA1", "Star1 -> MartB1", "MartA1 -> Check1!", "MartB1 -> Check1!", "Check1 -> Load1", "Load1 -> Tune1");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static Func<ActivityExecutionContext, Task> Fails => _ => throw new ActivityFailedException("test.broken", "It is broken. Mend it.", isRetryable: false);

    static async Task<Run> RerunAsync(RuntimeHarness runtime, RerunRequest request, string? token = null)
    {
        runtime.Started.Clear();
        var run = await runtime.Reruns.StartAsync(request, new(Guid.CreateVersion7()) { StartedBy = "test" }, token, newest: null, Token);
        return await runtime.Worker.DriveAsync(run!.Id, runtime, Token);
    }

    static Task<RerunPlan?> PlanAsync(RuntimeHarness runtime, RerunRequest request) => runtime.Reruns.PlanAsync(request, newest: null, Token);

    static string WhyOf(RerunPlan? plan, string activity) => plan!.Activities.Single(planned => planned.ActivityId == activity) is var found ? $"{found.Verdict}: {found.Why}" : "";

    static void Writing(RuntimeHarness runtime, string activity, string asset, Partition? partition, Func<Guid?>? supersedes = null) =>
        runtime.Work[activity] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft(asset, partition) with { Supersedes = supersedes?.Invoke() });
            return Task.CompletedTask;
        };

    [Fact]
    public async Task Retry_of_a_failed_month_executes_only_the_rest_and_the_new_run_says_what_it_repeats()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["Load1"] = Fails;
        var failed = await runtime.RunAsync(Month, October);
        Assert.Equal(RunStatus.Failed, failed.Status);
        runtime.Work.Clear();

        var rerun = await RerunAsync(runtime, new(failed.Id, RerunKind.Retry));

        Assert.Equal(RunStatus.Succeeded, rerun.Status);
        Assert.Equal(["Load1#1", "Tune1#1"], runtime.Started);
        var stored = await runtime.Store.FindAsync(rerun.Id, Token);
        Assert.Equal((failed.Id, failed.Id, October), (stored!.RerunOf, stored.RootRun, stored.Partition));
        var executions = (await runtime.Store.ListExecutionsAsync(rerun.Id, Token)).ToDictionary(execution => execution.ActivityId);
        Assert.All(executions.Values, execution => Assert.Equal(ActivityStatus.Succeeded, execution.Status));
        Assert.Equal(failed.Id, executions["Star1"].ReusedFrom);
        Assert.Equal(0, executions["Star1"].Attempts);
        Assert.Null(executions["Load1"].ReusedFrom);
        // What happened stays as it was.
        Assert.Equal(RunStatus.Failed, (await runtime.Store.FindAsync(failed.Id, Token))!.Status);
    }

    [Fact]
    public async Task A_retry_of_a_retry_reuses_from_the_run_that_really_executed_and_the_chain_shows_all_attempts()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["Check1"] = Fails;
        var first = await runtime.RunAsync(Month, October);
        runtime.Work.Clear();
        runtime.Work["Tune1"] = Fails;
        var second = await RerunAsync(runtime, new(first.Id, RerunKind.Retry));
        runtime.Work.Clear();

        var plan = await PlanAsync(runtime, new(second.Id, RerunKind.Retry));
        Assert.Equal($"Reused: reused from run {first.Id}", WhyOf(plan, "Star1"));
        Assert.Equal($"Reused: reused from run {second.Id}", WhyOf(plan, "Load1"));
        var third = await RerunAsync(runtime, new(second.Id, RerunKind.Retry));

        Assert.Equal(["Tune1#1"], runtime.Started);
        Guid[] chain = [first.Id, second.Id, third.Id];
        foreach (var run in chain) Assert.Equal(chain, (await runtime.Reruns.ListChainAsync(run, Token)).Select(attempt => attempt.Id));
        Assert.Empty(await runtime.Reruns.ListChainAsync(Guid.CreateVersion7(), Token));
    }

    [Fact]
    public async Task From_an_activity_it_and_what_is_downstream_executes_and_only_one_executes_alone()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(Month, October);
        await RerunAsync(runtime, new(run.Id, RerunKind.From) { Activity = "load1" });
        Assert.Equal(["Load1#1", "Tune1#1"], runtime.Started);
        await RerunAsync(runtime, new(run.Id, RerunKind.Only) { Activity = "MartB1" });
        Assert.Equal(["MartB1#1"], runtime.Started);
        await RerunAsync(runtime, new(run.Id, RerunKind.Whole));
        Assert.Equal(8, runtime.Started.Count);
    }

    [Fact]
    public async Task While_another_run_has_the_month_a_rerun_is_refused_or_waits_behind_it()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(Month, October);
        var active = await runtime.CreateAsync(Month, October);
        var request = new RerunRequest(run.Id, RerunKind.Whole);
        var refused = await Assert.ThrowsAsync<RunAlreadyActiveException>(() => runtime.Reruns.StartAsync(request, new(Guid.CreateVersion7()), token: null, newest: null, Token));
        Assert.Equal(active.Id, refused.ActiveRun);
        Assert.NotNull(await runtime.Reruns.StartAsync(request, new(Guid.CreateVersion7()) { WhenActive = WhenActive.Queue }, token: null, newest: null, Token));
        Assert.Equal("rerun.still_active", (await Assert.ThrowsAsync<RerunRefusedException>(() => PlanAsync(runtime, new(active.Id, RerunKind.Retry)))).Code);
    }

    [Fact]
    public async Task Starting_the_same_rerun_twice_gives_one_run()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(Month, October);
        var start = new RerunStart(Guid.CreateVersion7());
        var once = await runtime.Reruns.StartAsync(new(run.Id, RerunKind.Whole), start, token: null, newest: null, Token);
        Assert.Equal(once, await runtime.Reruns.StartAsync(new(run.Id, RerunKind.Whole), start, token: null, newest: null, Token));
        Assert.Null(await runtime.Reruns.StartAsync(new(Guid.CreateVersion7(), RerunKind.Whole), new(Guid.CreateVersion7()), token: null, newest: null, Token));
    }

    [Fact]
    public async Task What_another_run_of_the_month_replaced_is_written_again_but_not_what_was_derived_from_it()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        Writing(runtime, "Star1", "fact", October);
        Writing(runtime, "Upload1", "dim", null);
        runtime.Work["Load1"] = Fails;
        var failed = await runtime.RunAsync(Month, October);
        var request = new RerunRequest(failed.Id, RerunKind.Retry);
        var agreed = await PlanAsync(runtime, request);
        Assert.StartsWith("Reused", WhyOf(agreed, "Star1"), StringComparison.Ordinal);
        Assert.Equal("test", agreed!.Activities.Single(planned => planned.ActivityId == "Star1").CodeVersionBefore?.Split(", ")[^1]);

        // Derived from what is there, as a month that comes late makes it: nothing is lost.
        var fact = (await runtime.Catalog.FindAsync(new("fact"), October, Token))!.Id;
        Writing(runtime, "Late1", "fact", October, () => fact);
        await runtime.RunAsync(RuntimeHarness.Flowchart("Late1"), new(new(2026, 11, 1)));
        Assert.StartsWith("Reused", WhyOf(await PlanAsync(runtime, request), "Star1"), StringComparison.Ordinal);

        Writing(runtime, "Other1", "fact", October);
        Writing(runtime, "Other2", "dim", null);
        var other = await runtime.RunAsync(RuntimeHarness.Flowchart("Other1 -> Other2"), new(new(2026, 12, 1)));
        var plan = await PlanAsync(runtime, request);
        Assert.Equal($"Runs: what it wrote (fact 2026-10) was replaced by run {other.Id}", WhyOf(plan, "Star1"));
        Assert.StartsWith("Reused", WhyOf(plan, "Upload1"), StringComparison.Ordinal);
        Assert.Contains(new PlannedWrite("fact", "2026-10"), plan!.Writes);

        var changed = await Assert.ThrowsAsync<PlanChangedException>(() => RerunAsync(runtime, request, agreed.Token));
        Assert.Contains($"'Star1' runs now: what it wrote (fact 2026-10) was replaced by run {other.Id}", changed.Changes);
        runtime.Work.TryRemove("Load1", out _);
        Assert.Equal(RunStatus.Succeeded, (await RerunAsync(runtime, request, plan.Token)).Status);
        Assert.Equal(["Check1#1", "Load1#1", "MartA1#1", "MartB1#1", "Star1#1", "Tune1#1"], runtime.Started.Order());
    }

    [Fact]
    public async Task What_was_vacuumed_is_written_again()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        Writing(runtime, "Star1", "fact", October);
        runtime.Work["Load1"] = Fails;
        var failed = await runtime.RunAsync(Month, October);
        await using var command = runtime.Database.DataSource.CreateCommand("delete from orchestrator.materialization where run_id = $1");
        command.Parameters.With(failed.Id);
        await command.ExecuteNonQueryAsync(Token);
        Assert.Equal("Runs: what it wrote is no longer there", WhyOf(await PlanAsync(runtime, new(failed.Id, RerunKind.Retry)), "Star1"));
    }

    [Fact]
    public async Task A_worker_that_dies_in_a_rerun_is_followed_by_one_that_goes_on_and_reuses_the_same()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["Check1"] = Fails;
        var failed = await runtime.RunAsync(Month, October);
        runtime.Work.Clear();
        var run = await runtime.Reruns.StartAsync(new(failed.Id, RerunKind.Retry), new(Guid.CreateVersion7()), token: null, newest: null, Token);
        var reached = new TaskCompletionSource();
        runtime.Work["Load1"] = async context =>
        {
            if (context.Attempt.Attempt > 1) return;
            reached.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var driving = runtime.CreateWorker("first").DriveAsync(run!.Id, runtime, Token);
        await reached.Task.InTimeAsync();
        // The lease is taken away, as after a pause that was too long.
        await using var command = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_expires_at = now() - interval '1 s' where id = $1");
        command.Parameters.With(run.Id);
        await command.ExecuteNonQueryAsync(Token);
        var ended = await runtime.CreateWorker("second").DriveAsync(run.Id, runtime, Token);
        Assert.Equal(RunStatus.Succeeded, ended.Status);
        Assert.Equal(RunStatus.Succeeded, (await driving).Status);
        Assert.All((await runtime.Store.ListExecutionsAsync(run.Id, Token)).Where(execution => execution.ActivityId is "Star1" or "MartA1"), execution => Assert.Equal(failed.Id, execution.ReusedFrom));
    }
}
