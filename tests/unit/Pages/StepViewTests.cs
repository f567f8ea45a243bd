using System.Text.Json;
using Orchestrator.Server.Pages;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Unit.Pages;

public sealed class StepViewTests
{
    static readonly DateTimeOffset Zero = new(2026, 11, 1, 2, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Waiting_is_told_from_running_and_each_attempt_is_a_bar() => Assert.Equal(
        ["wait 0-10", "failed 10-30", "wait 30-50", "succeeded 50-100"],
        Bars(StepState.Succeeded, ActivityStatus.Succeeded, 100, new(1, 1, At(10), At(30), "Failed", new("test.flaky", "No.", "A1"), TimeSpan.FromSeconds(20)), new(1, 2, At(50), At(100), null, null, null)));

    [Fact]
    public void What_still_goes_on_lasts_until_now() =>
        Assert.Equal(["running 0-100"], Bars(StepState.Running, ActivityStatus.Running, null, new AttemptHistory(1, 1, At(0), null, null, null, null)));

    [Fact]
    public void What_took_no_time_is_still_seen()
    {
        var bar = Assert.Single(Step(StepState.Succeeded, ActivityStatus.Succeeded, 0, new AttemptHistory(1, 1, At(0), At(0), null, null, null)).Bars(At(0), At(100)));
        Assert.True(bar is { Width: > 0 } && bar.Start + bar.Width <= 100);
    }

    [Fact]
    public void Two_activities_of_one_name_are_told_apart_by_their_ids() =>
        Assert.Equal(["Sum A1", "Sum A2", "Load"], ActivityLabels.Of([("A1", "Sum"), ("A2", "Sum"), ("B1", "Load")]).Values);

    static IEnumerable<string> Bars(StepState state, ActivityStatus status, int? end, params AttemptHistory[] attempts) =>
        Step(state, status, end, attempts).Bars(At(0), At(100)).Select(bar => FormattableString.Invariant($"{bar.Kind} {bar.Start:0}-{bar.Start + bar.Width:0}"));

    static StepView Step(StepState state, ActivityStatus status, int? end, params AttemptHistory[] attempts)
    {
        var none = new Dictionary<string, JsonElement>();
        return new("A1", "A1", "Test.Job", state, null, new(Guid.Empty, 1, null, "A1", "Workflow1:A1", "Test.Job", null, status, attempts.Length, At(0), At(0), end is { } seconds ? At(seconds) : null,
            none, none, [], new Dictionary<string, decimal>(), null), attempts);
    }

    static DateTimeOffset At(int seconds) => Zero.AddSeconds(seconds);
}
