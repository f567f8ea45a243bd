using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>What each request does to a run in each status: nothing is left to chance.</summary>
public sealed class RunCommandsTests(PostgresFixture postgres)
{
    static readonly Dictionary<RunStatus, Dictionary<string, string>> Expected = new()
    {
        [RunStatus.Queued] = new() { ["take next"] = "taken", ["drive"] = "taken", ["cancel"] = "asked", ["start again"] = "same run", ["start the month"] = "refused", ["queue the month"] = "waits" },
        [RunStatus.Running] = new() { ["take next"] = "left", ["drive"] = "left", ["cancel"] = "asked", ["start again"] = "same run", ["start the month"] = "refused", ["queue the month"] = "waits" },
        [RunStatus.Suspended] = new() { ["take next"] = "left", ["drive"] = "taken", ["cancel"] = "asked", ["start again"] = "same run", ["start the month"] = "accepted", ["queue the month"] = "accepted" },
        [RunStatus.Succeeded] = Ended(),
        [RunStatus.Failed] = Ended(),
        [RunStatus.Cancelled] = Ended(),
    };

    static readonly string Chart = RuntimeHarness.Flowchart("A1"), DeadEnd = RuntimeHarness.Flowchart("A1 -> C1!", "B1 -> C1!");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_status_answers_every_request_in_one_defined_way()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        Assert.Equal(Enum.GetValues<RunStatus>(), Expected.Keys);
        var month = new Partition(new(2026, 1, 1));
        foreach (var (status, answers) in Expected)
        {
            foreach (var (request, answer) in answers)
            {
                month = new(month.End);
                var (run, start) = await BringAsync(runtime, status, month);
                Assert.Equal($"{status}, {request}: {answer}", $"{status}, {request}: {await AskAsync(runtime, request, run, start)}");
                if (status.IsFinal) Assert.Equal(status, (await runtime.Store.FindAsync(run.Id, Token))!.Status);
                await EndAllAsync(runtime);
            }
        }
    }

    static Dictionary<string, string> Ended() => new()
    {
        ["take next"] = "left", ["drive"] = "left", ["cancel"] = "too late", ["start again"] = "same run", ["start the month"] = "accepted", ["queue the month"] = "accepted",
    };

    static async Task<(Run Run, StartRun Start)> BringAsync(RuntimeHarness runtime, RunStatus status, Partition month)
    {
        runtime.Work["A1"] = status is RunStatus.Failed
            ? _ => throw new ActivityFailedException("test.broken", "It is broken.", isRetryable: false)
            : _ => Task.CompletedTask;
        var start = runtime.Start(status is RunStatus.Suspended ? DeadEnd : Chart, month);
        var run = await runtime.Store.CreateAsync(start, Token);
        if (status is RunStatus.Running) Assert.NotNull(await runtime.Leases.ClaimAsync(run.Id, "somebody", null, TimeSpan.FromMinutes(1), Token));
        if (status is RunStatus.Cancelled) await runtime.Store.RequestCancelAsync(run.Id, "Not needed.", Token);
        if (status is not (RunStatus.Queued or RunStatus.Running)) Assert.Equal(status, (await runtime.Worker.DriveAsync(run.Id, runtime, Token)).Status);
        return (run, start);
    }

    static async Task<string> AskAsync(RuntimeHarness runtime, string request, Run run, StartRun start) => request switch
    {
        "take next" => (await runtime.Leases.ClaimNextAsync(100, "worker", TimeSpan.FromMinutes(1), Token)).Exists(claim => claim.Run.Id == run.Id) ? "taken" : "left",
        "drive" => await runtime.Leases.ClaimAsync(run.Id, "worker", null, TimeSpan.FromMinutes(1), Token) is null ? "left" : "taken",
        "cancel" => await runtime.Store.RequestCancelAsync(run.Id, "Not needed.", Token) ? "asked" : "too late",
        "start again" => (await runtime.Store.CreateAsync(start, Token)).CreatedAt == run.CreatedAt ? "same run" : "another run",
        "start the month" => await StartAsync(runtime, start with { Id = Guid.CreateVersion7() }),
        _ => await StartAsync(runtime, start with { Id = Guid.CreateVersion7(), WhenActive = WhenActive.Queue }),
    };

    static async Task<string> StartAsync(RuntimeHarness runtime, StartRun start)
    {
        try
        {
            return (await runtime.Store.CreateAsync(start, Token)).WaitsFor is null ? "accepted" : "waits";
        }
        catch (RunAlreadyActiveException)
        {
            return "refused";
        }
    }

    static async Task EndAllAsync(RuntimeHarness runtime)
    {
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_owner = null, lease_expires_at = null where finished_at is null"))
            await command.ExecuteNonQueryAsync(Token);
        foreach (var open in await runtime.Store.ListUnfinishedAsync(Token)) await runtime.Worker.CancelAsync(open.Id, "The end.", runtime, Token);
    }
}
