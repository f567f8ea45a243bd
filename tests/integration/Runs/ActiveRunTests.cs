using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Runs;

/// <summary>One active run per workflow and month.</summary>
public sealed class ActiveRunTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1");
    static readonly Workflows.Assets.Partition October = new(new(2026, 10, 1)), November = new(new(2026, 11, 1));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_starts_at_the_same_moment_one_is_accepted_and_the_others_are_refused_with_its_id()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            try
            {
                return (Accepted: (Guid?)(await runtime.Store.CreateAsync(runtime.Start(Chart, October), Token)).Id, Refused: (Guid?)null);
            }
            catch (RunAlreadyActiveException refused)
            {
                return (null, refused.ActiveRun);
            }
        }, Token)));
        var accepted = Assert.Single(answers, answer => answer.Accepted is not null).Accepted;
        Assert.All(answers.Where(answer => answer.Accepted is null), answer => Assert.Equal(accepted, answer.Refused));
        Assert.Equal(accepted, Assert.Single(await runtime.Store.ListAsync(new(), Token)).Id);
    }

    [Fact]
    public async Task Other_months_other_workflows_and_runs_without_month_are_in_nobodys_way()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.CreateAsync(Chart, October);
        await runtime.CreateAsync(Chart, November);
        await runtime.CreateAsync(Chart);
        await runtime.CreateAsync(Chart);
        await runtime.CreateAsync(Chart.Replace("\"test\"", "\"other\"", StringComparison.Ordinal), October);
        Assert.Equal(5, (await runtime.Store.ListAsync(new(), Token)).Count);
    }

    [Fact]
    public async Task The_month_is_free_again_when_its_run_has_ended_or_is_suspended()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(Chart, October)).Status);
        Assert.Equal(RunStatus.Suspended, (await runtime.RunAsync(RuntimeHarness.Flowchart("A1 -> C1!", "B1 -> C1!"), October)).Status);
        Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(Chart, October)).Status);
    }

    [Fact]
    public async Task Asking_twice_with_the_same_id_gives_one_run_while_it_is_active()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var start = runtime.Start(Chart, October);
        var runs = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => runtime.Store.CreateAsync(start, Token)));
        Assert.All(runs, run => Assert.Equal(start.Id, run.Id));
        Assert.Single(await runtime.Store.ListAsync(new(), Token));
    }

    [Fact]
    public async Task Queued_runs_of_a_month_wait_for_each_other_and_say_so()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var (atOnce, most) = (0, 0);
        runtime.Work["A1"] = async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atOnce));
            await Task.Delay(20, context.CancellationToken);
            Interlocked.Decrement(ref atOnce);
        };
        var first = await runtime.CreateAsync(Chart, October);
        var others = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            runtime.Store.CreateAsync(runtime.Start(Chart, October) with { WhenActive = WhenActive.Queue }, Token)));
        Assert.All(others, other => Assert.Equal($"Run {first.Id} of the same month has to end first.", other.WaitsFor));
        await runtime.DriveAllAsync();
        Assert.Equal(1, most);
        Assert.All(await runtime.Store.ListAsync(new(), Token), run => Assert.Equal((RunStatus.Succeeded, null), (run.Status, run.WaitsFor)));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_month_can_be_cancelled_before_its_turn()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        await runtime.CreateAsync(Chart, October);
        var waiting = await runtime.Store.CreateAsync(runtime.Start(Chart, October) with { WhenActive = WhenActive.Queue }, Token);
        Assert.Null(await runtime.Leases.ClaimAsync(waiting.Id, "worker", null, TimeSpan.FromMinutes(1), Token));
        Assert.Equal(RunStatus.Cancelled, (await runtime.Worker.CancelAsync(waiting.Id, "Not needed.", runtime, Token)).Status);
        Assert.Empty(runtime.Started);
    }

    [Fact]
    public async Task A_run_is_accepted_in_somebody_elses_transaction_or_not_at_all()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var start = runtime.Start(Chart, October) with { Priority = 7, StartedBy = "schedule test" };
        foreach (var isKept in (bool[])[false, true])
        {
            await using var connection = await runtime.Database.DataSource.OpenConnectionAsync(Token);
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await using var batch = new NpgsqlBatch(connection, transaction);
            runtime.Store.AddTo(batch, start);
            await batch.ExecuteNonQueryAsync(Token);
            if (isKept) await transaction.CommitAsync(Token);
            else await transaction.RollbackAsync(Token);
            var run = await runtime.Store.FindAsync(start.Id, Token);
            if (isKept) Assert.Equal((7, "schedule test"), (run!.Priority, run.StartedBy));
            else Assert.Null(run);
        }
    }
}
