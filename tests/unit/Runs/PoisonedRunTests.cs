using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Tests.Unit.Runs;

public sealed class PoisonedRunTests
{
    static SimulatedRun Started() => new SimulatedRun(Chart.Of("Job1 -> Job2")).Record(new RunStarted("worker")).Advance();

    static SimulatedRun Die(SimulatedRun run)
    {
        run.Record(new RunRecovered($"worker after {run.Journal.Count} events"));
        foreach (var number in run.State.Live.Where(number => run.State[number].IsAttemptOpen).ToList())
            run.Record(new AttemptFailed(number, run.State[number].Attempts[^1], AttemptFailure.Lost, new("run.attempt_lost", "It died.", null), TimeSpan.Zero))
                .Record(new AttemptStarted(number, run.State.NextAttempt(run.State[number].ActivityId)));
        return run.Advance();
    }

    [Fact]
    public void Deaths_in_a_row_are_counted_until_something_is_finished()
    {
        var run = Started();
        for (var death = 1; death <= 3; death++) Assert.Equal(death, Die(run).State.Deaths);
        run.Complete("Job1");
        Assert.Equal(0, run.State.Deaths);
        Assert.Equal(1, Die(run).State.Deaths);
        Assert.Equal(0, run.Record(new CheckpointSaved(run.NumberOf("Job2"), default)).State.Deaths);
    }

    [Fact]
    public void A_failure_that_the_activity_reports_itself_is_progress() => Assert.Equal(0, Die(Started()).Fail("Job1", TimeSpan.Zero).State.Deaths);

    [Fact]
    public void A_worker_that_handed_over_did_not_die() => Assert.Equal(0, Started().Record(new RunHandedOver("worker")).Record(new RunRecovered("next")).State.Deaths);

    [Fact]
    public void A_worker_that_goes_on_itself_did_not_die() =>
        Assert.Equal(0, Started().Record(new RunRecovered("worker")).Record(new RunRecovered("worker")).State.Deaths);

    [Fact]
    public void What_another_branch_finishes_meanwhile_does_not_hide_what_kills_the_workers()
    {
        var run = new SimulatedRun(Chart.Of("Start1 -> JobBomb", "Start1 -> JobA", "JobA -> JobB"))
            .Record(new RunStarted("worker")).Advance();
        var bomb = run.State[run.NumberOf("JobBomb")];
        Assert.True(FailureRules.Lost(bomb, new()).IsRetryable);
        Die(run).Complete("JobA");
        Assert.Equal((0, false), (run.State.Deaths, FailureRules.Lost(bomb, new()).IsRetryable));
    }

    [Fact]
    public void A_worker_that_only_waited_for_a_slot_did_not_die_of_the_run_and_the_attempt_had_not_begun()
    {
        var run = Started();
        var job = run.NumberOf("Job1");
        run.Record(new SlotAwaited(job, 1, "spark")).Record(new RunRecovered("next"));
        Assert.Equal((0, AttemptFailure.Interrupted), (run.State.Deaths, FailureRules.Lost(run.State[job], new() { LostAttempts = 0 }).Kind));
        run.Record(new SlotTaken(job, 1)).Record(new RunRecovered("the one after"));
        Assert.Equal((1, AttemptFailure.Lost), (run.State.Deaths, FailureRules.Lost(run.State[job], new()).Kind));
    }

    [Fact]
    public void The_reason_says_what_was_executing()
    {
        var run = Started();
        Assert.Null(FailureRules.Poisoned(Die(run).State, new()));
        var error = FailureRules.Poisoned(Die(run).State, new());
        Assert.Equal(("run.poisoned", "Job1"), (error?.Code, error?.ActivityId));
        Assert.Equal("The worker died 2 times in a row while 'Job1' executed, and nothing was finished in between, "
            + "so the run itself may be what ends it. Look at the machine's memory and disk, then start the run again.", error?.Message);
    }

    [Fact]
    public void The_reason_says_so_where_nothing_was_executing()
    {
        var run = new SimulatedRun(Chart.Of("Job1")).Record(new RunStarted("worker"));
        for (var death = 1; death <= 2; death++) run.Record(new RunRecovered($"worker {death}"));
        Assert.StartsWith("The worker died 2 times in a row before anything executed", FailureRules.Poisoned(run.State, new())?.Message,
            StringComparison.Ordinal);
    }
}
