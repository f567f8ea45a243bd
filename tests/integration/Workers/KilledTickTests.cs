using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Tests.Integration.Workers;

/// <summary>A node that is killed while it starts what is due.</summary>
public sealed class KilledTickTests(PostgresFixture postgres)
{
    const string ConnectionVariable = "ORCHESTRATOR_TEST_CONNECTION";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("schedule.due", 0)]
    [InlineData("schedule.before_commit", 0)]
    [InlineData("schedule.committed", 1)]
    public async Task A_due_time_gives_one_run_wherever_its_node_is_killed(string point, int before)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, "2026-09-15T12:00:00Z");
        await scene.Node.Schedules.CreateAsync("sales", new("test", "0 2 1 * *"), by: null, Token);
        await scene.SetClockAsync("2026-10-01T02:00:00Z");

        Assert.Equal(ChildTest.Killed, await ChildTest.RunAsync(nameof(Looks_after_the_schedules_of_the_environment),
            new() { [ConnectionVariable] = scene.ConnectionString, ["ORCHESTRATOR_CRASH_AT"] = point }));
        Assert.Equal((before, before), ((await scene.ListRunsAsync()).Count, (await scene.ListOccurrencesAsync()).Count));

        // What the dead one held is free as soon as PostgreSQL has noticed.
        await Eventually.IsAsync("the run of the due time", async () =>
        {
            await scene.Node.LookAsync();
            return (await scene.ListRunsAsync()).Count > 0;
        });
        await scene.Node.LookAsync();
        var run = Assert.Single(await scene.Node.Runs.ListAsync(new(), Token));
        var due = Assert.Single(await scene.Node.Schedules.ListOccurrencesAsync(new(), Token));
        Assert.Equal((OccurrenceStatus.Started, run.Id), (due.Status, due.RunId));
    }

    [Fact(Explicit = true)]
    public async Task Looks_after_the_schedules_of_the_environment()
    {
        await using var scene = ScheduleScene.On(Environment.GetEnvironmentVariable(ConnectionVariable)!);
        await scene.Node.LookAsync();
    }
}
