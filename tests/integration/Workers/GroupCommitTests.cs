using System.Globalization;
using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Workers;

/// <summary>Appends of many runs at once, which share transactions.</summary>
public sealed class GroupCommitTests(PostgresFixture postgres)
{
    const int Runs = 60, AppendsOfEach = 10, MostCuts = 200;

    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Appends_of_many_runs_share_commits_and_each_journal_is_whole()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var fences = await ClaimAsync(runtime);
        await Task.WhenAll(fences.Select(fence => AppendAllAsync(runtime, fence)));
        foreach (var fence in fences) await AssertWholeAsync(runtime, fence, 1 + AppendsOfEach);
        var commits = await ScalarAsync(runtime, "select count(distinct xmin::text) from orchestrator.journal where sequence > 1");
        Assert.True(commits <= Runs * AppendsOfEach / 2, $"{Runs * AppendsOfEach} appends made {commits} commits.");
    }

    [Fact]
    public async Task Fenced_and_refused_appends_hurt_only_themselves()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var fences = await ClaimAsync(runtime);
        var outcomes = await Task.WhenAll(fences.Select((fence, index) => (index % 5) switch
        {
            // An old token; a value that the schema refuses; a materialization derived from one that nobody sees.
            1 => OutcomeAsync(runtime, Append(fence with { Token = fence.Token - 1 }, 1)),
            2 => OutcomeAsync(runtime, Append(fence, 1) with { Checks = [Check(fence.RunId) with { Partition = "not a month" }] }),
            3 => OutcomeAsync(runtime, Append(fence, 1) with { Materializations = [Written(fence.RunId, Guid.CreateVersion7())] }),
            4 => OutcomeAsync(runtime, Append(fence, 1) with { Materializations = [Written(fence.RunId, null)] }),
            _ => OutcomeAsync(runtime, Append(fence, 1)),
        }));
        var expected = (string[])["appended", "lease lost", "run.commit_refused", "assets.conflict", "appended"];
        Assert.Equal(fences.Select((_, index) => expected[index % 5]), outcomes);
        for (var index = 0; index < fences.Count; index++)
        {
            await AssertWholeAsync(runtime, fences[index], expected[index % 5] == "appended" ? 2 : 1);
            // Whoever was refused goes on from where the journal ends.
            if (index % 5 is 2 or 3) await runtime.Journal.AppendAsync(Append(fences[index], 1), Token);
        }
        Assert.Equal(Runs / 5, await ScalarAsync(runtime, "select count(*) from orchestrator.materialization"));
    }

    [Fact]
    public async Task Of_two_appends_to_one_place_exactly_one_is_taken()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        foreach (var fence in (await ClaimAsync(runtime)).Take(10))
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OutcomeAsync(runtime, Append(fence, 1))));
            Assert.Equal(["appended", "lease lost", "lease lost", "lease lost"], outcomes.Order(StringComparer.Ordinal));
            await AssertWholeAsync(runtime, fence, 2);
        }
    }

    [Fact]
    public async Task Connections_that_are_cut_under_load_lose_and_double_nothing()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var fences = await ClaimAsync(runtime);
        await using var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(runtime.ConnectionString) { Pooling = false }.ConnectionString);
        await other.OpenAsync(Token);
        var appending = Task.WhenAll(fences.Select(fence => AppendAllAsync(runtime, fence)));
        var cuts = 0L;
        // Enough to hit many appends; without an end, a slow machine would never get one through.
        while (!appending.IsCompleted && cuts < MostCuts)
        {
            await using var cut = new NpgsqlCommand(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'", other);
            cuts += (long)(await cut.ExecuteScalarAsync(Token))!;
            await Task.Delay(5, Token);
        }
        await appending;
        Assert.True(cuts > 0, "No connection was cut, so this test showed nothing.");
        foreach (var fence in fences) await AssertWholeAsync(runtime, fence, 1 + AppendsOfEach);
    }

    static async Task<IReadOnlyList<Fence>> ClaimAsync(RuntimeHarness runtime)
    {
        var fences = new List<Fence>();
        for (var index = 0; index < Runs; index++)
        {
            var run = await runtime.CreateAsync(Chart);
            fences.Add((await runtime.Leases.ClaimAsync(run.Id, "worker", null, TimeSpan.FromMinutes(5), Token))!.Fence);
        }
        return fences;
    }

    static async Task AppendAllAsync(RuntimeHarness runtime, Fence fence)
    {
        for (var sequence = 1; sequence <= AppendsOfEach; sequence++) await runtime.Journal.AppendAsync(Append(fence, sequence), Token);
    }

    static async Task<string> OutcomeAsync(RuntimeHarness runtime, JournalAppend append)
    {
        try
        {
            await runtime.Journal.AppendAsync(append, Token);
            return "appended";
        }
        catch (LeaseLostException)
        {
            return "lease lost";
        }
        catch (CommitRefusedException refused)
        {
            return refused.Code;
        }
    }

    /// <summary>The journal, the run and the projections tell of so many events, each once.</summary>
    static async Task AssertWholeAsync(RuntimeHarness runtime, Fence fence, int events)
    {
        Assert.Equal(Enumerable.Range(1, events).Select(sequence => (long)sequence), (await runtime.Journal.ReadAsync(fence.RunId, Token)).Select(entry => entry.Sequence));
        Assert.Equal(events, await ScalarAsync(runtime, $"select last_sequence from orchestrator.run where id = '{fence.RunId}'"));
        Assert.Equal(Enumerable.Range(2, events - 1).Select(sequence => sequence.ToString(CultureInfo.InvariantCulture)),
            (await runtime.Store.ListLogAsync(fence.RunId, Token)).Select(line => line.Message));
    }

    /// <summary>One event with one line of the log after the given number of events.</summary>
    static JournalAppend Append(Fence fence, int after)
    {
        var at = TimeProvider.System.GetUtcNow();
        var state = new RunState();
        state.Apply(new(1, at, new RunCreated("test", "", 1, null, new Dictionary<string, JsonElement>(), new Dictionary<string, JsonElement>())));
        state.Apply(new(2, at, new RunStarted("worker")));
        return new(fence, after, [new(after + 1, at, new RunRecovered("worker"))], RunRow.Of(state), [],
            [new(fence.RunId, "A1", 1, at, "Event", (after + 1).ToString(CultureInfo.InvariantCulture))], [], []);
    }

    static CheckRow Check(Guid runId) => new(runId, "A1", 1, TimeProvider.System.GetUtcNow(), "check", "asset", null, "Error", true, "1", "1", []);

    static MaterializationRow Written(Guid runId, Guid? supersedes) => new(
        Guid.CreateVersion7(), "asset", null, runId, "A1", 1, TimeProvider.System.GetUtcNow(), "somewhere/", 3, 17, [], [], new Dictionary<string, decimal>(), "test", supersedes, [], null);

    static async Task<long> ScalarAsync(RuntimeHarness runtime, string query)
    {
        await using var command = runtime.Database.DataSource.CreateCommand(query);
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }
}
