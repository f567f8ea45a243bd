using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Workers;
using static Orchestrator.Tests.Integration.Support.WaitScene;

namespace Orchestrator.Tests.Integration.Runs;

/// <summary>Waits for times and events, on a real store.</summary>
public sealed class WaitTests(PostgresFixture postgres)
{
    static string Line(string id, string script) => Activity("Elsa.WriteLine", id, Input("text", "JavaScript", script));

    static string Delay(string id, string span) => Activity("Elsa.Delay", id, Input("timeSpan", "Literal", span));

    static string Event(string id, string name) => Activity("Elsa.Event", id, Input("eventName", "Literal", name));

    [Fact]
    public async Task A_delay_lets_the_run_go_and_a_worker_that_comes_later_goes_on_with_it()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var run = await scene.Add("delayed", Delay("Delay1", "00:00:02"), Line("Line1", "'after'")).StartAsync("delayed");
        var waiting = await scene.UntilAsync(run, RunStatus.Suspended);
        Assert.StartsWith("'Delay1' waits until ", waiting.SuspendedReason, StringComparison.Ordinal);
        await scene.RestAsync();
        Assert.Null((await scene.Runtime.Store.FindAsync(run.Id, TestContext.Current.CancellationToken))!.LeaseOwner);
        var ended = await scene.UntilAsync(run, RunStatus.Succeeded);
        Assert.True(ended.Duration >= TimeSpan.FromSeconds(2), $"It took {ended.Duration}.");
        Assert.Equal(["after"], await scene.LinesAsync(run));
        Assert.Equal(
            ["activity.scheduled root", "activity.started root", "activity.started Delay1", "activity.suspended Delay1", "activity.resumed Delay1", "activity.completed Delay1",
                "activity.started Line1", "activity.completed Line1", "activity.completed root"],
            await scene.JournalAsync(run));
    }

    [Fact]
    public async Task A_short_delay_is_sat_out()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var run = await scene.Add("short", Delay("Delay1", "00:00:00.2")).StartAsync("short");
        await scene.UntilAsync(run, RunStatus.Succeeded);
        Assert.DoesNotContain(await scene.Runtime.Store.ListEventsAsync(run.Id, 0, 100, TestContext.Current.CancellationToken), line => line.Type is "run.suspended");
    }

    [Fact]
    public async Task An_event_resumes_those_who_wait_for_it_with_what_it_brings()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("waiting", Event("Event1", "parcel"), Line("Line1", "getOutputFrom('Event1', 'Result')"));
        var (first, second) = (await scene.StartAsync("waiting", "order-1"), await scene.StartAsync("waiting", "order-2"));
        await scene.UntilAsync(first, RunStatus.Suspended);
        await scene.UntilAsync(second, RunStatus.Suspended);
        await scene.RestAsync();
        Assert.Empty((await PublishAsync(scene, new("other"))).Resumed);
        Assert.Equal([second.Id], (await PublishAsync(scene, new("parcel", JsonSerializer.SerializeToElement("blue"), CorrelationId: "order-2"))).Resumed);
        Assert.Equal([first.Id], (await PublishAsync(scene, new("parcel", JsonSerializer.SerializeToElement("red")))).Resumed);
        await scene.UntilAsync(first, RunStatus.Succeeded);
        await scene.UntilAsync(second, RunStatus.Succeeded);
        Assert.Equal(["red", "blue"], [.. await scene.LinesAsync(first), .. await scene.LinesAsync(second)]);
    }

    [Fact]
    public async Task An_event_is_heard_while_another_branch_executes()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var work = new TaskCompletionSource();
        scene.Runtime.Work["Job1"] = _ => work.Task.InTimeAsync();
        var parallel = $$"""{"id":"P1","type":"Elsa.Parallel","activities":[{{Activity("Test.TestJob", "Job1")}},{{Event("Event1", "go")}},{{Line("Line1", "'beside'")}}]}""";
        var run = await scene.Add("busy", parallel).StartAsync("busy");
        await scene.UntilAsync(run.Id, _ => scene.Runtime.Started.Contains("Job1#1"), "executes Job1");
        Assert.Single((await PublishAsync(scene, new("go"))).Resumed);
        await Eventually.IsAsync("the event to be heard while Job1 executes", async () => (await scene.JournalAsync(run)).Contains("activity.completed Event1"));
        work.SetResult();
        await scene.UntilAsync(run, RunStatus.Succeeded);
    }

    [Fact]
    public async Task An_event_starts_the_workflows_that_begin_with_it()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var trigger = Event("Event1", "parcel").Replace("\"type\"", "\"customProperties\":{\"canStartWorkflow\":true},\"type\"", StringComparison.Ordinal);
        scene.Add("triggered", trigger, Line("Line1", "getOutputFrom('Event1', 'Result')")).Add("other", Event("Event1", "parcel"));
        scene.Add("publisher", Activity("Elsa.PublishEvent", "Publish1", Input("eventName", "Literal", "parcel"), Input("payload", "Literal", "green")));
        await scene.UntilAsync(await scene.StartAsync("publisher"), RunStatus.Succeeded);
        var started = Assert.Single(await scene.RunsOfAsync("triggered"));
        await scene.UntilAsync(started, RunStatus.Succeeded);
        Assert.Equal(["green"], await scene.LinesAsync(started));
        Assert.Empty(await scene.RunsOfAsync("other"));
    }

    [Fact]
    public async Task Publishing_again_under_the_same_id_starts_nothing_again()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("triggered", Event("Event1", "parcel").Replace("\"type\"", "\"customProperties\":{\"canStartWorkflow\":true},\"type\"", StringComparison.Ordinal));
        var execution = new ExecutionState(3, "Publish1", parent: null, DateTimeOffset.UnixEpoch) { StartedAt = DateTimeOffset.UnixEpoch };
        var publisher = Guid.CreateVersion7();
        for (var attempt = 1; attempt <= 2; attempt++)
            await scene.Events.PublishAsync(new("parcel"), "test", workflow => ChildRuns.IdOf(publisher, execution, workflow), TestContext.Current.CancellationToken);

        Assert.Equal(ChildRuns.IdOf(publisher, execution, "triggered"), Assert.Single(await scene.RunsOfAsync("triggered")).Id);
        Assert.NotEqual(ChildRuns.IdOf(publisher, execution, "triggered"), ChildRuns.IdOf(publisher, execution, "other"));
    }

    [Fact]
    public async Task What_lost_a_race_wakes_nobody()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var loop = $$$"""
            {"id":"Loop1","type":"Elsa.ParallelForEach",{{{Input("items", "Object", "[1]")}}},"body":
              {"id":"P1","type":"Elsa.Parallel","activities":[{{{Delay("Delay1", "00:00:03")}}},{{{Activity("Elsa.Break", "Break1")}}}]}}
            """;
        var run = await scene.Add("lost", loop, Event("Event1", "go")).StartAsync("lost");
        await scene.UntilAsync(run, RunStatus.Suspended);
        await using var command = scene.Runtime.Database.DataSource.CreateCommand("select string_agg(number || ' ' || coalesce(event_name, 'time'), ',') from orchestrator.wait where run_id = $1");
        command.Parameters.Add(new() { Value = run.Id });
        await Eventually.IsAsync("the run to wait for the event alone", async () => await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is "6 go");
    }

    [Fact]
    public async Task Name_and_correlation_are_shown_with_the_run()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("named", Activity("Elsa.SetName", "Name1", Input("value", "Literal", "October")), Activity("Elsa.Correlate", "Correlate1", Input("correlationId", "Literal", "order-7")));
        var run = await scene.UntilAsync(await scene.StartAsync("named"), RunStatus.Succeeded);
        Assert.Equal(("October", "order-7"), (run.Name, run.CorrelationId));
    }

    static Task<EventReach> PublishAsync(WaitScene scene, PublishedEvent published) => scene.Events.PublishAsync(published, "test", idOf: null, TestContext.Current.CancellationToken);
}
