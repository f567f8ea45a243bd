using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Workers;

public sealed class RuntimeFailureTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Checks_of_a_failed_attempt_are_recorded_but_nothing_that_it_wrote_becomes_visible()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft("raw/sales"));
            context.AddCheckResult(new("rows_equal_raw", new("raw/sales"), new(new(2026, 10, 1)), CheckSeverity.Error, IsPassed: false, "3", "2", ["row 7"]));
            throw new ActivityFailedException("check.failed", "One check failed.", isRetryable: false);
        };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1"));
        var check = Assert.Single(await runtime.Store.ListChecksAsync(run.Id, Token));
        Assert.Equal(("rows_equal_raw", false, "3", "2"), (check.Result.Check, check.Result.IsPassed, check.Result.Expected, check.Result.Actual));
        Assert.Equal(["row 7"], check.Result.OffendingRows);
        Assert.Null(await runtime.Catalog.FindAsync(new("raw/sales"), null, Token));
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_cancelled_and_tried_again()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context => context.Attempt.Attempt == 1 ? Task.Delay(Timeout.Infinite, context.CancellationToken) : Task.CompletedTask;
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1").Replace("\"attempts\":3", "\"attempts\":3,\"timeout\":\"00:00:00.200\"", StringComparison.Ordinal));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal(("activity.timed_out", "The attempt took longer than 00:00:00.2000000. Raise the activity's timeout where that is normal."),
            Assert.Single(runtime.Retries).Error is var error ? (error.Code, error.Message) : default);
    }

    [Fact]
    public async Task Attempts_of_infrastructure_faults_do_not_use_up_the_activitys_own()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, services: services => services.AddSingleton(new JitterSource(3)));
        runtime.Work["A1"] = context => context.Attempt.Attempt switch
        {
            1 or 2 => throw new IOException("Connection reset by peer"),
            3 or 4 => throw new ActivityFailedException("test.flaky", "Not yet.", isRetryable: true),
            _ => Task.CompletedTask,
        };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal(["infrastructure.io", "infrastructure.io", "test.flaky", "test.flaky"], runtime.Retries.Select(retry => retry.Error.Code));
    }

    [Fact]
    public async Task A_cancelled_token_reaches_every_job_and_the_journal_says_that_the_run_was_cancelled()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        using var stop = new CancellationTokenSource();
        var both = new CountdownEvent(2);
        runtime.Work["B1"] = runtime.Work["C1"] = async context =>
        {
            if (both.Signal()) await stop.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var created = await runtime.CreateAsync(RuntimeHarness.Flowchart("A1 -> B1", "A1 -> C1"));
        var run = await runtime.Worker.DriveAsync(created.Id, runtime, stop.Token);
        Assert.Equal((RunStatus.Cancelled, "run.cancelled", "The platform was asked to stop the run."), (run.Status, run.Error?.Code, run.Error?.Message));
        Assert.Equal(["A1 Succeeded", "B1 Cancelled", "C1 Cancelled"], runtime.Finished.Select(execution => $"{execution.ActivityId} {execution.Status}").Order());
    }

    [Fact]
    public async Task A_request_to_cancel_from_elsewhere_is_seen_within_two_seconds()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => options.Heartbeat = TimeSpan.FromSeconds(1));
        var started = new TaskCompletionSource();
        runtime.Work["A1"] = async context => { started.SetResult(); await Task.Delay(Timeout.Infinite, context.CancellationToken); };
        var created = await runtime.CreateAsync(RuntimeHarness.Flowchart("A1"));
        var driving = runtime.Worker.DriveAsync(created.Id, runtime, Token);
        await started.Task.InTimeAsync();
        var asked = TimeProvider.System.GetTimestamp();
        Assert.True(await runtime.Store.RequestCancelAsync(created.Id, "Ada stopped it.", Token));
        var run = await driving;
        Assert.Equal((RunStatus.Cancelled, "Ada stopped it."), (run.Status, run.Error?.Message));
        Assert.InRange(TimeProvider.System.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.False(await runtime.Store.RequestCancelAsync(created.Id, "Again.", Token));
    }

    [Fact]
    public async Task A_run_cancelled_before_a_worker_takes_it_starts_nothing()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var created = await runtime.CreateAsync(RuntimeHarness.Flowchart("A1"));
        await runtime.Store.RequestCancelAsync(created.Id, "Ada changed her mind.", Token);
        Assert.Equal(RunStatus.Cancelled, (await runtime.Worker.DriveAsync(created.Id, runtime, Token)).Status);
        Assert.Empty(runtime.Started);
    }

    [Fact]
    public async Task A_run_that_nobody_drives_is_cancelled_on_the_spot()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var chart = RuntimeHarness.Flowchart("A1 -> C1!", "B1 -> C1!");
        var suspended = await runtime.RunAsync(chart);
        Assert.Equal((RunStatus.Suspended, "'C1' waits for 'B1' (Done), which no branch reaches any more."), (suspended.Status, suspended.SuspendedReason));
        var run = await runtime.Worker.CancelAsync(suspended.Id, "Ada gave up.", runtime, Token);
        Assert.Equal((RunStatus.Cancelled, "Ada gave up."), (run.Status, run.Error?.Message));
        Assert.Equal(run, await runtime.Store.FindAsync(run.Id, Token));
    }

    [Fact]
    public async Task A_job_that_lost_the_race_for_an_asset_is_tried_again_from_what_is_there_now()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context => { context.AddMaterialization(RuntimeHarness.Draft("dim_customer")); return Task.CompletedTask; };
        await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        runtime.Work["B1"] = async context =>
        {
            var seen = await context.GetMaterializationAsync(new("dim_customer"), null);
            if (context.Attempt.Attempt == 1) await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
            context.AddMaterialization(RuntimeHarness.Draft("dim_customer") with { Supersedes = seen.Id, Rows = 99 });
        };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("B1"));
        Assert.Equal(RunStatus.Succeeded, run.Status);
        Assert.Equal("assets.conflict", Assert.Single(runtime.Retries).Error.Code);
        var current = await runtime.Catalog.FindAsync(new("dim_customer"), null, Token);
        Assert.Equal((99, 2), (current!.Rows, current.Attempt));
    }

    [Fact]
    public async Task What_an_attempt_holds_is_released_after_its_commit()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var visible = new List<bool>();
        runtime.Work["A1"] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft("dim_store"));
            context.Attempt.HeldUntilCommit.Push(new Held(async () => visible.Add(await runtime.Catalog.FindAsync(new("dim_store"), null, Token) is not null)));
            return Task.CompletedTask;
        };
        await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        Assert.Equal([true], visible);
    }

    [Fact]
    public async Task The_next_attempt_starts_from_the_checkpoint_and_without_the_litter_of_the_first()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        string? litter = null;
        int? found = null;
        var isThere = true;
        runtime.Work["A1"] = async context =>
        {
            if (context.Attempt.Attempt == 1)
            {
                litter = Path.Combine(Directory.CreateDirectory(context.Attempt.WorkDirectory).FullName, "half.parquet");
                await File.WriteAllTextAsync(litter, "half", Token);
                await context.SetCheckpointAsync(17);
                throw new ActivityFailedException("test.flaky", "Half way.", isRetryable: true);
            }
            (found, isThere) = (context.GetCheckpoint<int>(), File.Exists(litter));
        };
        await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        Assert.Equal((17, false), (found, isThere));
    }

    [Fact]
    public async Task What_the_store_refuses_fails_the_activity_and_not_the_worker()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var taken = Guid.CreateVersion7();
        runtime.Work["A1"] = runtime.Work["B1"] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft("raw/sales") with { Id = taken });
            return Task.CompletedTask;
        };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> B1"));
        Assert.Equal((RunStatus.Failed, "run.commit_refused", "B1"), (run.Status, run.Error?.Code, run.Error?.ActivityId));
    }

    [Fact]
    public async Task An_id_that_looks_like_a_path_leads_nowhere_when_its_attempt_is_repeated()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var victim = Directory.CreateDirectory(Path.Combine(runtime.Folder, "victim-1"));
        foreach (var id in (string[])[Path.Combine(runtime.Folder, "victim"), "../../../victim", "..", "a/../../../../victim"])
        {
            var folders = new List<string>();
            runtime.Work[id] = context =>
            {
                folders.Add(Directory.CreateDirectory(context.Attempt.WorkDirectory).FullName);
                folders.Add(context.Attempt.HandoverDirectory);
                throw new ActivityFailedException("test.flaky", "Again.", isRetryable: context.Attempt.Attempt < 3);
            };
            var run = await runtime.RunAsync(RuntimeHarness.Flowchart(id));
            Assert.Equal(6, folders.Count);
            var own = Path.Combine(runtime.Folder, "work", run.Id.ToString()) + Path.DirectorySeparatorChar;
            Assert.All(folders, folder => Assert.StartsWith(own, folder, StringComparison.Ordinal));
        }
        Assert.True(Directory.Exists(victim.FullName));
    }

    [Fact]
    public async Task A_worker_that_goes_on_with_its_own_run_has_lost_no_attempt()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options =>
            (options.Lease, options.PoisonedAfter, options.LostAttempts) = (TimeSpan.FromSeconds(1), 1, 0));
        var begun = new TaskCompletionSource();
        runtime.Work["A1"] = async context =>
        {
            if (context.Attempt.Attempt > 1) return;
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var created = await runtime.CreateAsync(RuntimeHarness.Flowchart("A1"));
        var driving = runtime.Worker.DriveAsync(created.Id, runtime, Token);
        await begun.Task.InTimeAsync();
        // As if it had been paused for longer than its lease and had taken the run again itself.
        await using (var command = runtime.Database.DataSource.CreateCommand(
            "update orchestrator.run set fencing_token = fencing_token + 1, lease_owner = null, lease_expires_at = null"))
            await command.ExecuteNonQueryAsync(Token);
        await driving.InTimeAsync();
        Assert.Equal(RunStatus.Succeeded, (await driving).Status);
        Assert.Equal(["A1#1", "A1#2"], runtime.Started);
    }

    [Fact]
    public async Task A_character_that_PostgreSQL_cannot_hold_stops_nothing()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        runtime.Work["A1"] = context =>
        {
            context.AddExecutionLogEntry("Read", "before\0after");
            throw new ActivityFailedException("test.broken", "The value '\0' is none.", isRetryable: false);
        };
        var run = await runtime.RunAsync(RuntimeHarness.Flowchart("A1"));
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Equal("before\uFFFDafter", Assert.Single(await runtime.Store.ListLogAsync(run.Id, Token)).Message);
        Assert.Equal("The value '\uFFFD' is none.", (await runtime.Store.FindAsync(run.Id, Token))?.Error?.Message);
    }

    [Fact]
    public async Task A_loop_of_inline_activities_that_never_ends_can_still_be_cancelled()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var created = await runtime.CreateAsync(RuntimeHarness.FlowchartOf("Elsa.WriteLine", "A1 -> B1", "B1 -> A1"));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.Equal(RunStatus.Cancelled, (await runtime.Worker.DriveAsync(created.Id, runtime, stop.Token)).Status);
    }

    sealed class Held(Func<Task> release) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await release();
    }
}
