using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using static Orchestrator.Tests.Integration.Support.WaitScene;

namespace Orchestrator.Tests.Integration.Runs;

/// <summary>Runs that nothing would ever end, on a real store: each must end, or rest, by itself.</summary>
public sealed class EndlessRunTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static string Script(string name, string script) => Input(name, "JavaScript", script);

    static string Parallel(params string[] activities) =>
        $$"""{"id":"Parallel1","type":"Elsa.Parallel","activities":[{{string.Join(',', activities)}}]}""";

    /// <param name="connections">Such as <c>A B</c>.</param>
    static string Chart(string[] activities, string[] connections)
    {
        var ends = connections.Select(connection => connection.Split(' '))
            .Select(pair => new { source = new { activity = pair[0] }, target = new { activity = pair[1] } });
        return $$"""
            {"id":"flow","type":"Elsa.Flowchart","activities":[{{string.Join(',', activities)}}],
             "connections":{{JsonSerializer.Serialize(ends)}}}
            """;
    }

    [Fact]
    public async Task A_delay_of_sixty_days_beside_a_job_rests_when_the_job_is_done()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Runtime.Work["Job1"] = _ => Task.Delay(TimeSpan.FromMilliseconds(200), Token);
        scene.Add("patient", Parallel(Activity("Elsa.Delay", "Delay1", Input("timeSpan", "Literal", "60.00:00:00")),
            Activity("Test.TestJob", "Job1")));
        var run = await scene.UntilAsync(await scene.StartAsync("patient"), RunStatus.Suspended);
        Assert.Equal(["Job1#1"], scene.Runtime.Started);
        Assert.StartsWith("'Delay1' waits until ", run.SuspendedReason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Elsa.Fault", "code", "'broken\\u0000code'", "broken\uFFFDcode")]
    [InlineData("Elsa.Fault", "message", "'broken\\u0000message'", "activity.fault")]
    [InlineData("Elsa.Event", "eventName", "'go\\u0000on'", "event.bad_name")]
    [InlineData("Elsa.PublishEvent", "eventName", "'go\\u0000on'", "event.bad_name")]
    [InlineData("Elsa.PublishEvent", "eventName", "'x'.repeat(6000)", "event.bad_name")]
    [InlineData("Elsa.Correlate", "correlationId", "'order\\u0000'", "run.bad_correlation_id")]
    [InlineData("Elsa.DispatchWorkflow", "workflowDefinitionId", "'no\\u0000thing'", "run.unknown_workflow")]
    public async Task A_text_that_the_store_cannot_hold_ends_the_run_at_once(string type, string input, string script, string code)
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var run = await scene.UntilAsync(await scene.Add("broken", Activity(type, "Broken1", Script(input, script))).StartAsync("broken"),
            RunStatus.Failed);
        Assert.Equal((code, "Broken1"), (run.Error!.Code, run.Error.ActivityId));
        Assert.DoesNotContain(await scene.Runtime.Store.ListEventsAsync(run.Id, 0, 100, Token), line => line.Type is "run.recovered");
    }

    [Fact]
    public async Task Values_with_characters_that_the_store_cannot_hold_travel_through_a_run_and_can_be_looked_at()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("child", Activity("Elsa.SetName", "Name1", Script("value", "getInput('n')")),
            Activity("Elsa.WriteLine", "Line1", Script("text", "getInput('n')")));
        scene.Add("parent", Activity("Elsa.ExecuteWorkflow", "Child1", Input("workflowDefinitionId", "Literal", "child"),
            Script("input", "({ n: 'a\\u0000b' })")));
        var inputs = new Dictionary<string, JsonElement> { ["given"] = JsonElement.Parse(@"""x\u0000y""") };
        var run = await scene.Runtime.Store.CreateAsync(scene.Start("parent") with { Inputs = inputs }, Token);
        await scene.UntilAsync(run, RunStatus.Succeeded);
        var child = Assert.Single(await scene.RunsOfAsync("child"));
        Assert.Equal((RunStatus.Succeeded, "a\uFFFDb"), (child.Status, child.Name));
        Assert.Equal(["a\uFFFDb"], await scene.LinesAsync(child));
        Assert.Equal("x\0y", (await scene.Runtime.Store.GetInputsAsync(run.Id, Token))["given"].GetString());
        Assert.Contains("activity.suspended Child1", await scene.JournalAsync(run));
        Assert.NotEmpty(await scene.JournalAsync(child));
        Assert.Empty(await scene.Runtime.Store.ListAttemptsAsync(child.Id, [1], Token));
    }

    [Fact]
    public async Task What_the_store_refuses_of_an_inline_activity_ends_the_run_at_once_and_names_it()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        // Longer than an entry of an index can be, and too mixed to be compressed.
        const string Long = """
            (() => {
              let text = '', x = 1;
              for (let i = 0; i < 9000; i++) { x = (x * 16807) % 2147483647; text += String.fromCharCode(33 + x % 90); }
              setCorrelationId(text);
              return 'set';
            })()
            """;
        var run = await scene.UntilAsync(await scene.Add("refused", Activity("Elsa.WriteLine", "Line0"),
            Activity("Elsa.WriteLine", "Line1", Script("text", Long)), Activity("Elsa.WriteLine", "Line2")).StartAsync("refused"),
            RunStatus.Failed);
        Assert.Equal(("run.commit_refused", "Line1"), (run.Error!.Code, run.Error.ActivityId));
        Assert.Single(await scene.Runtime.Store.ListEventsAsync(run.Id, 0, 100, Token), line => line.Type is "run.finished");
        Assert.DoesNotContain(await scene.Runtime.Store.ListEventsAsync(run.Id, 0, 100, Token), line => line.Type is "run.recovered");
    }

    [Fact]
    public async Task What_an_attempt_gives_that_is_no_JSON_fails_it_and_not_the_worker()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Runtime.Work["Job1"] = context =>
        {
            context.Set(new Output<JsonElement> { Name = "Result" }, JsonElement.Parse(@"""\ud800"""));
            return Task.CompletedTask;
        };
        var run = await scene.UntilAsync(await scene.Add("half", Activity("Test.TestJob", "Job1")).StartAsync("half"), RunStatus.Failed);
        Assert.Equal("Job1", run.Error!.ActivityId);
        Assert.Equal(["Job1#1"], scene.Runtime.Started);
    }

    [Theory]
    [InlineData("""{"type":"Elsa.While","condition":true}""", 1_001)]
    [InlineData("""{"type":"Elsa.For","start":0,"end":10,"step":0}""", 1_001)]
    [InlineData("""
        {"type":"Elsa.ParallelForEach",
         "items":{"typeName":"Object","expression":{"type":"JavaScript","value":"Array.from({length: 5000}, (_, i) => i)"}}}
        """, 5_001)]
    public async Task A_loop_that_never_ends_fails_its_run_at_the_limit_of_executions(string given, int executions)
    {
        const string activity = "Line1";
        var loop = System.Text.Json.Nodes.JsonNode.Parse(given)!;
        (loop["id"], loop["body"]) = ("Loop1", System.Text.Json.Nodes.JsonNode.Parse(Activity("Elsa.WriteLine", activity)));
        await using var scene = await WaitScene.StartAsync(postgres, options => options.MaximumExecutions = 1_000);
        var run = await scene.UntilAsync(await scene.AddRoot("endless", loop.ToJsonString()).StartAsync("endless"), RunStatus.Failed);
        Assert.Equal(("run.too_many_executions", activity), (run.Error!.Code, run.Error.ActivityId));
        Assert.Equal(string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"With '{activity}' the run would have {executions} executions of activities, " +
            $"but {1_000} are allowed. Look for a loop that never ends, or raise Runs:MaximumExecutions."), run.Error.Message);
        Assert.InRange(RunState.Of(await scene.Runtime.Journal.ReadAsync(run.Id, Token)).Executions.Count, 1, 1_000);
    }

    [Fact]
    public async Task A_workflow_that_dispatches_itself_twice_is_stopped_by_the_limit_of_starts()
    {
        await using var scene = await WaitScene.StartAsync(postgres, options => options.StartsPerMinute = 20);
        string Dispatch(string id) => Activity("Elsa.DispatchWorkflow", id, Input("workflowDefinitionId", "Literal", "bunnies"));
        var first = await scene.Add("bunnies", Dispatch("Child1"), Dispatch("Child2")).StartAsync("bunnies");
        await scene.UntilAsync(first, RunStatus.Succeeded);
        await Eventually.IsAsync("the end of all runs", async () => (await scene.Runtime.Store.ListUnfinishedAsync(Token)).Count == 0);
        var runs = await scene.RunsOfAsync("bunnies");
        // Up to four runs that are driven at once look before the others have started theirs.
        Assert.InRange(runs.Count, 21, 24);
        Assert.Equal(["run.too_many_starts"], runs.Where(run => run.Error is not null).Select(run => run.Error!.Code).Distinct());
        Assert.Contains("raise Runs:StartsPerMinute", runs.First(run => run.Error is not null).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_workflow_that_starts_itself_by_an_event_is_stopped_by_the_limit_of_starts()
    {
        await using var scene = await WaitScene.StartAsync(postgres, options => options.StartsPerMinute = 5);
        var trigger = Activity("Elsa.Event", "Event1", Input("eventName", "Literal", "again")).Replace("\"type\"",
            "\"customProperties\":{\"canStartWorkflow\":true},\"type\"", StringComparison.Ordinal);
        scene.Add("echo", trigger, Activity("Elsa.PublishEvent", "Publish1", Input("eventName", "Literal", "again")));
        scene.Work();
        await scene.Events.PublishAsync(new("again"), "test", idOf: null, Token);
        await Eventually.IsAsync("a run to be refused", async () =>
            (await scene.RunsOfAsync("echo")).Any(run => run.Error?.Code is "run.too_many_starts"));
        Assert.Equal(6, (await scene.RunsOfAsync("echo")).Count);
    }

    [Fact]
    public async Task A_depth_of_runs_can_be_set()
    {
        await using var scene = await WaitScene.StartAsync(postgres, options => options.MaximumDepth = 3);
        var child = Activity("Elsa.ExecuteWorkflow", "Child1", Input("workflowDefinitionId", "Literal", "deep"));
        await scene.UntilAsync(await scene.Add("deep", child).StartAsync("deep"), RunStatus.Succeeded);
        var runs = await scene.RunsOfAsync("deep");
        Assert.Equal((4, "run.too_deep"), (runs.Count, runs.Single(run => run.Status is RunStatus.Failed).Error!.Code));
    }

    [Fact]
    public async Task A_run_whose_definition_cannot_be_read_any_more_ends_and_stops_no_other()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        var unreadable = await scene.Add("old", Activity("Elsa.WriteLine", "Line1")).StartAsync("old");
        var fine = await scene.Add("fine", Activity("Elsa.WriteLine", "Line1")).StartAsync("fine");
        await using (var command = scene.Runtime.Database.DataSource.CreateCommand(
            "update orchestrator.workflow_definition_version set document = '{}' where definition_id = 'old'"))
            await command.ExecuteNonQueryAsync(Token);
        Assert.Equal("run.unreadable_definition", (await scene.UntilAsync(unreadable, RunStatus.Failed)).Error!.Code);
        await scene.UntilAsync(fine, RunStatus.Succeeded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_workflow_that_is_executed_in_a_branch_that_loses_is_cancelled(bool isFastFirst)
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        scene.Add("slow", Activity("Elsa.Event", "Never1", Input("eventName", "Literal", "never")));
        string[] ways = ["Start1 Fast", "Start1 Slow"];
        scene.AddRoot("race", Chart(
            [
                Activity("Elsa.Start", "Start1"), Activity("Elsa.Event", "Fast", Input("eventName", "Literal", "go")),
                Activity("Elsa.ExecuteWorkflow", "Slow", Input("workflowDefinitionId", "Literal", "slow")),
                Activity("Elsa.FlowJoin", "Join1"),
            ],
            [.. isFastFirst ? ways : ways.Reverse(), "Fast Join1", "Slow Join1"]));
        var run = await scene.StartAsync("race");
        await scene.UntilAsync(run, RunStatus.Suspended);
        var loser = Assert.Single(await scene.RunsOfAsync("slow"));
        await scene.UntilAsync(loser, RunStatus.Suspended);
        // Whoever goes on with the run has not started the other one itself.
        await scene.RestAsync();
        await scene.Events.PublishAsync(new("go"), "test", idOf: null, Token);
        await scene.UntilAsync(run, RunStatus.Succeeded);
        await scene.UntilAsync(loser, RunStatus.Cancelled);
    }

    [Fact]
    public async Task Of_two_delays_that_are_noticed_late_the_one_that_was_due_first_wins()
    {
        await using var scene = await WaitScene.StartAsync(postgres);
        string Delay(string id, string span) => Activity("Elsa.Delay", id, Input("timeSpan", "Literal", span));
        string Line(string id) => Activity("Elsa.WriteLine", id, Input("text", "Literal", id));
        scene.AddRoot("late", Chart(
            [
                Activity("Elsa.Start", "Start1"), Delay("Slow", "00:00:02"), Delay("Fast", "00:00:01.5"), Line("SlowLine"),
                Line("FastLine"), Activity("Elsa.FlowJoin", "Join1"),
            ],
            ["Start1 Slow", "Start1 Fast", "Slow SlowLine", "Fast FastLine", "SlowLine Join1", "FastLine Join1"]));
        var run = await scene.StartAsync("late");
        await scene.UntilAsync(run, RunStatus.Suspended);
        await scene.RestAsync();
        await Task.Delay(TimeSpan.FromSeconds(2.5), Token);
        await scene.UntilAsync(run, RunStatus.Succeeded);
        Assert.Equal(["FastLine"], await scene.LinesAsync(run));
    }
}
