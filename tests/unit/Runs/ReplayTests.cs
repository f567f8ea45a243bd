using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class ReplayTests
{
    const int MostEvents = 250;

    public static IEnumerable<TheoryDataRow<int>> Seeds => Enumerable.Range(1, 150).Select(seed => new TheoryDataRow<int>(seed));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_journal_cut_anywhere_goes_on_to_the_same_journal(int seed)
    {
        var chart = RandomChart.Of(seed);
        var whole = Play(new(chart));
        var expected = Text(whole);
        for (var length = 1; length < whole.Journal.Count; length++)
        {
            // Through JSON, as the table keeps it.
            var kept = whole.Journal.Take(length).Select(entry => entry with { Event = RunEventJson.Read(RunEventJson.NameOf(entry.Event), RunEventJson.Write(entry.Event)) });
            Assert.Equal(expected, Text(Play(new(chart, kept))));
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_worker_lost_anywhere_changes_neither_the_end_of_the_run_nor_how_often_an_activity_completes(int seed)
    {
        var chart = RandomChart.Of(seed);
        var whole = Play(new(chart));
        if (whole.Journal.Count >= MostEvents) return;
        var expected = Result(whole);
        for (var length = 1; length < whole.Journal.Count; length++)
        {
            var resumed = new SimulatedRun(chart, whole.Journal.Take(length));
            if (!resumed.State.Status.IsFinal) resumed.Record(new RunRecovered("another worker"));
            foreach (var number in resumed.State.Live.Where(number => resumed.State[number].IsAttemptOpen).ToList())
            {
                var execution = resumed.State[number];
                var lost = FailureRules.Lost(execution, new());
                resumed.Record(new AttemptFailed(number, execution.Attempts[^1], lost.Kind, lost.Error, TimeSpan.Zero));
                resumed.Record(new AttemptStarted(number, resumed.State.NextAttempt(execution.ActivityId)));
            }
            Assert.Equal(expected, Result(Play(resumed)));
        }
    }

    [Fact]
    public void The_random_charts_reach_every_end_and_use_every_kind_of_event()
    {
        var runs = Enumerable.Range(1, 150).Select(seed => Play(new(RandomChart.Of(seed)))).ToList();
        Assert.Equal([RunStatus.Queued, RunStatus.Suspended, RunStatus.Succeeded, RunStatus.Failed], runs.Select(run => run.State.Status).Distinct().Order());
        Assert.Equal(
            RunEventJson.Names.Except(
            [
                "run.started", "run.recovered", "run.handed_over", "run.cancel_requested", "activity.checkpoint_saved", "activity.reused", "activity.slot_awaited",
                "activity.slot_taken", "container.evaluated", "activity.suspended", "activity.resumed", "activity.attempt_completed",
            ]).Order(),
            runs.SelectMany(run => run.Journal).Select(entry => RunEventJson.NameOf(entry.Event)).Distinct().Order());
    }

    static SimulatedRun Play(SimulatedRun run)
    {
        run.Advance(MostEvents);
        while (run.Journal.Count < MostEvents && run.Decide() is Decision.Wait && Outside(run.State) is { } happened)
            run.Record(happened).Advance(MostEvents);
        return run;
    }

    /// <summary>The world outside, as a function of the state: the oldest attempt ends in a way that the activity and its failures decide.</summary>
    static RunEvent? Outside(RunState state)
    {
        if (state.Live.Select(number => state[number]).FirstOrDefault(execution => execution.IsAttemptOpen) is { } open)
        {
            if (state.IsStopping || open.IsCancelRequested) return new ActivityCanceled(open.Number);
            var chance = RandomChart.Hash(open.ActivityId, open.Failures[(int)AttemptFailure.Failed]) % 10;
            var error = new RunError("test.failed", "It failed.", open.ActivityId);
            return chance switch
            {
                < 7 => new ActivityCompleted(open.Number),
                < 9 => new AttemptFailed(open.Number, open.Attempts[^1], AttemptFailure.Failed, error, TimeSpan.FromSeconds(1)),
                _ => new AttemptFailed(open.Number, open.Attempts[^1], AttemptFailure.Failed, error, RetryAfter: null),
            };
        }
        return state.Live.Select(number => state[number]).FirstOrDefault(execution => execution.RetryAt is not null) is { } waiting
            ? new AttemptStarted(waiting.Number, state.NextAttempt(waiting.ActivityId)) : null;
    }

    static string Text(SimulatedRun run) => string.Join('\n', run.Journal.Select(entry => $"{RunEventJson.NameOf(entry.Event)} {RunEventJson.Write(entry.Event)}"));

    static string Result(SimulatedRun run) => JsonSerializer.Serialize(new
    {
        status = run.State.Status.ToString(),
        run.State.Error,
        run.State.SuspendedReason,
        activities = run.State.Executions.Select(execution => $"{execution.ActivityId} {execution.Status}"),
    });
}
