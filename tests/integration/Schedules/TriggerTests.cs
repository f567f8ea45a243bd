using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Values;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Integration.Schedules;

/// <summary>Published workflows that begin with a time: they start runs by themselves, and end doing so when they are not published any more.</summary>
public sealed class TriggerTests(PostgresFixture postgres)
{
    const string Begin = "2026-11-01T12:00:00Z";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static string Workflow(string type, string input, string value, string text = "tick", bool canStart = true, string language = "Literal") => $$$$"""
        {"definitionId":"clock","name":"Clock","root":{"id":"flow","type":"Elsa.Flowchart","activities":[
          {"id":"Line0","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"by hand"}}},
          {"id":"Wait1","type":"Elsa.{{{{type}}}}","customProperties":{"canStartWorkflow":{{{{(canStart ? "true" : "false")}}}}},"{{{{input}}}}":{"typeName":"String","expression":{"type":"{{{{language}}}}","value":"{{{{value}}}}"}}},
          {"id":"Line1","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"{{{{text}}}}"}}}],
          "connections":[{"source":{"activity":"Wait1","port":"Done"},"target":{"activity":"Line1","port":"In"}}]}}
        """;

    static async Task<DefinitionSaved> PublishAsync(ScheduleScene scene, string json)
    {
        scene.Workflows["clock"] = json;
        return await Definitions(scene.Node).SaveAsync(new("clock", JsonElement.Parse(json), Publish: true, "test"), Token);
    }

    static DefinitionStore Definitions(SchedulerNode node) => node.Services.GetRequiredService<DefinitionStore>();

    static async Task<IReadOnlyList<Run>> RunsAsync(ScheduleScene scene) => await scene.Node.Runs.ListAsync(new() { Limit = 1_000 }, Token);

    static async Task<string[]> LedgerAsync(ScheduleScene scene) =>
        [.. (await scene.Node.Schedules.ListOccurrencesAsync(new() { Limit = 1_000 }, Token)).Reverse().Select(due => $"{due.DueAt.UtcDateTime:HH:mm:ss} {due.Status}")];

    [Theory]
    [InlineData("Timer", "interval", "00:05:00", "12:05:00 12:10:00")]
    [InlineData("Cron", "cronExpression", "*/4 * * * *", "12:04:00 12:08:00 12:12:00")]
    [InlineData("StartAt", "dateTime", "2026-11-01T12:07:30Z", "12:07:30")]
    public async Task A_published_workflow_starts_a_run_whenever_it_is_time_and_each_once_on_three_nodes(string type, string input, string value, string expected)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        SchedulerNode[] nodes = [scene.Node, scene.AddNode(TimeSpan.FromMinutes(-3)), scene.AddNode(TimeSpan.FromMinutes(3))];
        Assert.DoesNotContain((await PublishAsync(scene, Workflow(type, input, value))).Check!.Warnings, problem => problem.Code == DefinitionProblemCodes.Trigger);
        for (var minute = 1; minute <= 12; minute++)
        {
            await scene.SetClockAsync($"2026-11-01T12:{minute:d2}:40Z");
            await Task.WhenAll(nodes.Select(node => node.LookAsync()));
        }
        Assert.Equal(expected.Split(' ').Select(time => $"{time} Started"), await LedgerAsync(scene));
        var runs = await RunsAsync(scene);
        Assert.Equal(expected.Split(' ').Length, runs.Count);
        Assert.All(runs, run => Assert.Equal(("clock", "schedule clock:Wait1", null), (run.DefinitionId, run.StartedBy, run.Partition)));
    }

    [Theory]
    [InlineData("Timer", "interval", "00:05:00", "2026-10 2026-10")]
    [InlineData("Cron", "cronExpression", "*/5 * * * *", "2026-10 2026-10")]
    [InlineData("StartAt", "dateTime", "2026-11-01T12:07:30Z", "2026-10")]
    public async Task Its_runs_have_the_month_before_where_it_has_a_data_activity_even_if_that_was_drawn_later(string type, string input, string value, string months)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow(type, input, value));
        Assert.Equal(PartitionMapping.None, Assert.Single(await scene.Node.Schedules.ListAsync(Token)).Plan.Mapping);
        await PublishAsync(scene, Workflow(type, input, value)
            .Replace("{\"id\":\"Line1\",\"type\":\"Elsa.WriteLine\"", "{\"id\":\"Line1\",\"type\":\"Test.TestJob\"", StringComparison.Ordinal));
        Assert.Equal(PartitionMapping.PreviousMonth, Assert.Single(await scene.Node.Schedules.ListAsync(Token)).Plan.Mapping);
        foreach (var now in (string[])["2026-11-01T12:05:00Z", "2026-11-01T12:10:00Z"])
        {
            await scene.SetClockAsync(now);
            await scene.Node.LookAsync();
        }
        Assert.Equal(months.Split(' '), (await RunsAsync(scene)).Select(run => run.Partition.ToString()));
        Assert.All(await scene.Node.Schedules.ListOccurrencesAsync(new(), Token), due => Assert.Equal("2026-10", due.Partition.ToString()));
    }

    [Fact]
    public async Task A_run_begins_with_the_activity_whose_time_it_was()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:05:00"));
        await scene.SetClockAsync("2026-11-01T12:05:00Z");
        await scene.Node.LookAsync();
        var run = Assert.Single(await RunsAsync(scene));
        await scene.Node.Services.GetRequiredService<RunWorker>().DriveAsync(run.Id, new Nobody(), Token);
        Assert.Equal(["flow Succeeded", "Wait1 Succeeded", "Line1 Succeeded"], (await scene.Node.Runs.ListExecutionsAsync(run.Id, Token)).Select(execution => $"{execution.ActivityId} {execution.Status}"));
    }

    [Fact]
    public async Task Retracting_ends_it_and_publishing_begins_it_anew()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:05:00"));
        await Definitions(scene.Node).RetractAsync("clock", Token);
        Assert.Empty(await scene.Node.Schedules.ListAsync(Token));
        await scene.SetClockAsync("2026-11-01T13:02:00Z");
        await scene.Node.LookAsync();
        Assert.Empty(await RunsAsync(scene));
        await Definitions(scene.Node).PublishAsync("clock", Token);
        await scene.SetClockAsync("2026-11-01T13:07:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(["13:07:00 Started"], await LedgerAsync(scene));
        await Definitions(scene.Node).DeleteAsync(["clock"], Token);
        Assert.Empty(await scene.Node.Schedules.ListAsync(Token));
    }

    [Fact]
    public async Task Publishing_again_leaves_intervals_that_stay_and_takes_over_those_that_change()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:05:00"));
        await scene.SetClockAsync("2026-11-01T12:03:00Z");
        await PublishAsync(scene, Workflow("Timer", "interval", "00:05:00", "another text"));
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 12, 5, 0, TimeSpan.Zero), Assert.Single(await scene.Node.Schedules.ListAsync(Token)).NextDueAt);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:10:00"));
        Assert.Equal(new DateTimeOffset(2026, 11, 1, 12, 13, 0, TimeSpan.Zero), Assert.Single(await scene.Node.Schedules.ListAsync(Token)).NextDueAt);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:10:00", canStart: false));
        Assert.Empty(await scene.Node.Schedules.ListAsync(Token));
    }

    [Fact]
    public async Task Of_what_was_missed_the_last_one_runs()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:20:00"));
        await scene.SetClockAsync("2026-11-01T13:10:00Z");
        await scene.Node.LookAsync();
        Assert.Equal(["12:20:00 Skipped", "12:40:00 Skipped", "13:00:00 Started"], await LedgerAsync(scene));
    }

    [Theory]
    [InlineData("Timer", "interval", "00:00:00.1", "Literal", "no interval at which runs can start")]
    [InlineData("Cron", "cronExpression", "every day", "Literal", "cron expression 'every day' has 2 fields")]
    [InlineData("StartAt", "dateTime", "tomorrow", "Literal", "no moment at which a run can start")]
    [InlineData("Timer", "interval", "'00:05:00'", "JavaScript", "would need a run to be evaluated in")]
    public async Task A_time_that_cannot_be_told_is_a_warning_and_starts_nothing(string type, string input, string value, string language, string warning)
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        var saved = await PublishAsync(scene, Workflow(type, input, value, language: language));
        Assert.True(saved.Saved.Definition.IsPublished);
        Assert.Contains(saved.Check!.Warnings, problem => problem.Code == DefinitionProblemCodes.Trigger && problem.Message.Contains(warning, StringComparison.Ordinal));
        Assert.Empty(await scene.Node.Schedules.ListAsync(Token));
    }

    [Fact]
    public async Task What_may_surprise_in_a_workflow_that_starts_by_itself_is_a_warning()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        var saved = await PublishAsync(scene, Workflow("Cron", "cronExpression", "0 2 13 * 5").Replace("\"name\":\"Clock\"", "\"name\":\"Clock\",\"inputs\":[{\"name\":\"Rows\",\"type\":\"Int32\",\"isRequired\":true}]", StringComparison.Ordinal));
        Assert.Equal(
            [
                "'0 2 13 * 5' limits both day of month ('13') and weekday ('5'): it is due only on days that match both. Classic cron would take days that match either; for those make two schedules.",
                "'Wait1' starts no run: the workflow needs the input 'Rows', which has no default. Give it one.",
            ],
            saved.Check!.Warnings.Where(problem => problem.Code == DefinitionProblemCodes.Trigger).Select(problem => problem.Message));
        Assert.Equal("2026-11-13T02:00:00", $"{Assert.Single(await scene.Node.Schedules.ListAsync(Token)).NextDueAt!.Value.UtcDateTime:s}");
        await scene.SetClockAsync("2026-11-13T02:00:00Z");
        await scene.Node.LookAsync();
        Assert.Empty(await RunsAsync(scene));
        Assert.Equal("Workflow 'clock' needs the input 'Rows'.", Assert.Single(await scene.Node.Schedules.ListFailingAsync(Token)).Failure!.Reason);
    }

    [Fact]
    public async Task What_an_earlier_version_published_gets_its_schedule_at_the_start()
    {
        await using var scene = await ScheduleScene.StartAsync(postgres, Begin);
        await PublishAsync(scene, Workflow("Timer", "interval", "00:05:00"));
        await scene.ExecuteAsync("delete from orchestrator.schedule");
        await Definitions(scene.Node).ScheduleTriggersAsync(Token);
        Assert.Equal("clock:Wait1", Assert.Single(await scene.Node.Schedules.ListAsync(Token)).Id);
    }

    [Fact]
    public async Task Its_schedule_is_shown_as_the_workflows_and_nobody_changes_it_there()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var (status, _, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", $$"""{"model":{{Workflow("Timer", "interval", "01:00:00")}},"publish":true}""");
        Assert.Equal(HttpStatusCode.OK, status);
        var schedule = (await server.GetAsync("/api/v1/schedules")).GetProperty("items").EnumerateArray().Single(item => item.GetProperty("workflow").GetString() == "clock");
        Assert.Equal(("clock:Wait1", "Wait1"), (schedule.GetProperty("id").GetString(), schedule.GetProperty("trigger").GetString()));
        var (refused, problem, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/schedules/clock%3AWait1/off");
        Assert.Equal((HttpStatusCode.Conflict, ScheduleStore.OfWorkflow), (refused, problem.GetProperty("code").GetString()));
        Assert.Equal("Schedule 'clock:Wait1' belongs to the activity 'Wait1' of the workflow 'clock'. Change the activity and publish the workflow, or retract it.", problem.GetProperty("detail").GetString());
    }

    sealed class Nobody : IRunObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) { }
        public void OnLog(ActivityAttempt attempt, string eventName, string? message) { }
        public void OnActivityStarted(ActivityAttempt attempt) { }
        public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution) { }
        public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) { }
        public void OnRunFinished(Run run) { }
    }
}
