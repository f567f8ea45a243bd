using Microsoft.Extensions.Time.Testing;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>What a person sees while a run goes on; the texts are golden.</summary>
public sealed class RunDisplayTests : IDisposable
{
    static readonly DateTimeOffset Start = new(2026, 11, 23, 4, 0, 0, TimeSpan.Zero);
    static readonly WorkflowDefinition Workflow = DefinitionValidator.Load(new DefinitionLibrary(Platform.Registry, DefinitionLibrary.ShippedFolder).TextOf("monthly-sales")!, Platform.Registry);

    readonly FakeTimeProvider time = new(Start);
    readonly StringWriter output = new();

    [Fact]
    public void Live_lines_fit_80_columns()
    {
        var display = new LiveRunDisplay(Workflow, "Monthly sales · 2026-10 · run 0199c1d2", time);

        PlayTo(display);

        Assert.Equal(
            [
                "Monthly sales · 2026-10 · run 0199c1d2",
                "✓ Generate sales           1,000,000 rows  24.1 MB  1.1 M rows/s       0.9 s",
                "⠙ Upload partitions        400,000 (38 %)   9.6 MB  2.0 M rows/s       0.2 s",
                "· Build star schema",
                "· Customer mart",
                "· Sales mart",
                "· Check assets",
                "· Load PostgreSQL",
                "· Tune indexes",
                "· Export coupons",
                "· Export incentives",
                "! Upload partitions: attempt 1 failed (store.unreachable): The object store does not answer. Trying again in 0.5 s.",
            ],
            display.Render(Start, width: 80).Select(line => line.Text));
    }

    [Fact]
    public void Live_lines_say_what_an_activity_is_at_where_there_is_room()
    {
        var display = new LiveRunDisplay(Workflow, "Monthly sales", time);

        PlayTo(display);

        Assert.EndsWith("  raw/sales", display.Render(Start, width: 140)[2].Text, StringComparison.Ordinal);
        Assert.All(display.Render(Start, width: 80).Take(11), line => Assert.True(line.Text.Length < 80));
        Assert.All(display.Render(Start, width: 40).Take(11), line => Assert.True(line.Text.Length < 40));
    }

    [Fact]
    public void Activity_that_fails_before_it_starts_is_marked_when_the_run_ends()
    {
        var display = new LiveRunDisplay(Workflow, "Monthly sales", time);

        display.OnRunFinished(NewRun(RunStatus.Failed, new("activity.unknown_type", "No such type.", "GenerateSales1")));

        Assert.StartsWith("✗ Generate sales", display.Render(Start, width: 80)[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_lines_tell_the_same_story_without_colours()
    {
        PlayTo(new PlainRunDisplay(Workflow, output, isQuiet: false, time));

        Assert.Equal(
            """
            Generate sales: started
            Generate sales: Succeeded, 1,000,000 rows, 24.1 MB, 1.1 M rows/s, 0.9 s
            Upload partitions: started
            warning: Upload partitions: attempt 1 failed (store.unreachable): The object store does not answer. Trying again in 0.5 s.
            Upload partitions: started

            """, output.ToString());
    }

    [Fact]
    public void Plain_lines_say_every_five_seconds_how_far_an_activity_is()
    {
        var display = new PlainRunDisplay(Workflow, output, isQuiet: false, time);
        var attempt = NewAttempt("LoadTables1", 1);
        display.OnActivityStarted(attempt);

        for (var second = 1; second <= 11; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            display.OnProgress(attempt, new(second * 50_000, 1_000_000, second * 1_000_000, "fact_sales"));
        }

        Assert.Equal(
            """
            Load PostgreSQL: started
            Load PostgreSQL: 250,000 of 1,000,000 rows, 5.0 MB, fact_sales, 5.0 s
            Load PostgreSQL: 500,000 of 1,000,000 rows, 10.0 MB, fact_sales, 10.0 s

            """, output.ToString());
    }

    [Fact]
    public void Quiet_says_only_what_went_wrong()
    {
        PlayTo(new PlainRunDisplay(Workflow, output, isQuiet: true, time));

        Assert.Equal("warning: Upload partitions: attempt 1 failed (store.unreachable): The object store does not answer. Trying again in 0.5 s.", output.ToString().Trim());
    }

    [Fact]
    public void Failed_check_that_only_warns_is_shown_when_its_activity_ends()
    {
        var display = new PlainRunDisplay(Workflow, output, isQuiet: true, time);
        var attempt = NewAttempt("CheckAssets1", 1);
        attempt.Add(new AssetCheckResult("sales_volume", new("raw/sales"), Partition.Parse("2026-10"), CheckSeverity.Warning, IsPassed: false, "at least 900000", "12", []));

        display.OnActivityFinished(attempt, NewExecution("CheckAssets1", TimeSpan.FromSeconds(1), []));

        Assert.Equal("warning: Check assets: check sales_volume of raw/sales failed: expected at least 900000, found 12.", output.ToString().Trim());
    }

    public void Dispose() => output.Dispose();

    void PlayTo(IRunObserver display)
    {
        var generate = NewAttempt("GenerateSales1", 1);
        display.OnActivityStarted(generate);
        time.Advance(TimeSpan.FromSeconds(0.9));
        display.OnActivityFinished(generate, NewExecution("GenerateSales1", TimeSpan.FromSeconds(0.9),
            new() { [MetricNames.Rows] = 1_000_000, [MetricNames.Bytes] = 24_100_000 }));
        var upload = NewAttempt("UploadPartitions1", 1);
        display.OnActivityStarted(upload);
        display.OnRetry(upload, new("store.unreachable", "The object store does not answer.", "UploadPartitions1"), TimeSpan.FromSeconds(0.5));
        display.OnActivityStarted(NewAttempt("UploadPartitions1", 2));
        time.Advance(TimeSpan.FromSeconds(0.2));
        display.OnProgress(upload, new(400_000, 1_051_100, 9_600_000, "raw/sales"));
    }

    static ActivityAttempt NewAttempt(string activityId, int attempt) => new()
    {
        RunId = Guid.Empty, ActivityId = activityId, Attempt = attempt, FencingToken = 1, WorkDirectory = "", Observer = new Silent(), SaveCheckpointAsync = (_, _) => Task.CompletedTask,
    };

    static ActivityExecution NewExecution(string activityId, TimeSpan duration, Dictionary<string, decimal> metrics) => new(
        Guid.Empty, 1, null, activityId, activityId, "Orchestrator.Any", null, ActivityStatus.Succeeded, 1, Start, Start, Start + duration,
        new Dictionary<string, System.Text.Json.JsonElement>(), new Dictionary<string, System.Text.Json.JsonElement>(), ["Done"], metrics, null);

    static Run NewRun(RunStatus status, RunError? error) =>
        new(Guid.Empty, "monthly-sales", "Monthly sales", 1, null, status, Start, Start, Start, error, null, false, null, null);

    sealed class Silent : IAttemptObserver
    {
        public void OnProgress(ActivityAttempt attempt, ActivityProgress progress)
        {
            // Nobody listens.
        }

        public void OnLog(ActivityAttempt attempt, string eventName, string? message)
        {
            // Nobody listens.
        }
    }
}
