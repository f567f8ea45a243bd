using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Tests.Unit.Reruns;

/// <summary>What holds for every rerun, tried on 10,000 random workflows and histories.</summary>
public sealed class RerunPropertyTests
{
    const int Workflows = 10_000, Batch = 1_000;

    public static IEnumerable<TheoryDataRow<int>> Batches => Enumerable.Range(0, Workflows / Batch).Select(batch => new TheoryDataRow<int>(batch * Batch));

    [Theory]
    [MemberData(nameof(Batches))]
    public void What_executes_was_planned_to_and_what_is_reused_never_executes_and_the_rerun_ends(int first)
    {
        var reruns = 0;
        for (var seed = first + 1; seed <= first + Batch; seed++)
        {
            var random = new Random(seed);
            var scene = RerunScene.Start(RandomWorkflow.Of(seed), new(seed, random.Next(4), random.Next(2) == 0), ("i1", "one"), ("i2", "two"));
            // A rerun of a rerun of a rerun.
            for (var generation = 0; generation < 3 && scene.IsAtRest && Prepare(scene, random) is { } prepared; generation++)
            {
                var rerun = scene.Rerun(prepared, new(seed * 7 + generation, random.Next(3), random.Next(2) == 0));
                Check(rerun, seed);
                scene = rerun;
                reruns++;
            }
        }
        Assert.True(reruns > Batch, $"Only {reruns} reruns.");
    }

    [Theory]
    [MemberData(nameof(Batches))]
    public void With_the_same_inputs_and_results_a_rerun_from_anywhere_comes_to_the_same_end(int first)
    {
        for (var seed = first + 1; seed <= first + Batch; seed++)
        {
            var behaviour = new Behaviour(seed);
            var scene = RerunScene.Start(RandomWorkflow.Of(seed), behaviour, ("i1", "one"), ("i2", "two"));
            if (!scene.IsAtRest) continue;
            var random = new Random(seed);
            foreach (var kind in new[] { RerunKind.From, RerunKind.Only, RerunKind.Whole })
            {
                if (TryPrepare(scene, kind, random) is not { } prepared) continue;
                var rerun = scene.Rerun(prepared, behaviour);
                // Alone means that what waits for a dead branch is left; a race that is run again may have another winner.
                if (kind is RerunKind.Only && scene.State.Status is not RunStatus.Succeeded) continue;
                if (prepared.Plan.Activities.Any(planned => planned.Why.EndsWith("was cancelled", StringComparison.Ordinal))) continue;
                Assert.True(scene.Outcome == rerun.Outcome || (kind is RerunKind.Only && WithoutCancelled(scene) == WithoutCancelled(rerun)), $"Seed {seed}, {kind} {prepared.Plan.Activity}:\n{scene.Json}\n\n{scene.Outcome}\n\nbecame\n\n{rerun.Outcome}\n\n{Text(scene)}\n\nbecame\n\n{Text(rerun)}");
            }
        }
    }

    /// <summary>What was to be cancelled in the queue, or left out of it, makes no difference.</summary>
    static string WithoutCancelled(RerunScene scene) => string.Join('\n', scene.Outcome.Split('\n').Where(line => !line.Contains(" Cancelled", StringComparison.Ordinal)));

    [Fact]
    public void A_run_is_decided_the_same_way_from_its_journal_wherever_that_is_cut()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var seed = 1; seed <= 1_000; seed++)
        {
            var behaviour = new Behaviour(seed, FailuresInTen: seed % 3);
            var whole = RerunScene.Start(RandomWorkflow.Of(seed), behaviour, ("i1", "one"), ("i2", "two"));
            seen.UnionWith(whole.Definition.Activities.Values.Select(node => node.Type));
            seen.UnionWith(whole.Journal.Select(entry => RunEventJson.NameOf(entry.Event)));
            // Whoever has only the journal decides what was decided.
            var state = new RunState();
            foreach (var entry in whole.Journal)
            {
                var recorded = RunEventJson.Write(entry.Event);
                if (state.Sequence > 0 && entry.Event is not (RunRecovered or ActivityResumed) && RunEngine.Decide(whole.Definition, state) is Decision.Follow(var decided)) Assert.Equal(recorded, RunEventJson.Write(decided));
                state.Apply(entry with { Event = RunEventJson.Read(RunEventJson.NameOf(entry.Event), recorded) });
            }
            for (var events = 1 + seed % 29; events < Math.Min(whole.Journal.Count, 200); events += 29)
                // A worker that was lost before it resumed anything lets the run go again; another one takes it.
                if (whole.Journal[events - 1].Event is not RunRecovered) Assert.Equal(Text(whole), Text(whole.CutAt(events, behaviour)));
        }
        Assert.Superset(new HashSet<string>(
        [
            "Elsa.For", "Elsa.ForEach", "Elsa.ParallelForEach", "Elsa.While", "Elsa.Break", "Elsa.Parallel", "Elsa.Switch", "Elsa.FlowSwitch", "Elsa.FlowFork", "Elsa.FlowJoin", "Elsa.Delay",
            "Elsa.Event", "activity.suspended", "activity.resumed", "container.evaluated", "run.suspended", "run.recovered",
        ]), seen);
    }

    static string Text(RerunScene scene) => string.Join('\n', scene.Journal.Select(entry => RunEventJson.Write(entry.Event)));

    [Fact]
    public void A_rerun_whose_worker_dies_anywhere_goes_on_the_same_way()
    {
        var cuts = 0;
        for (var seed = 1; seed <= 150; seed++)
        {
            var scene = RerunScene.Start(RandomWorkflow.Of(seed), new(seed, FailuresInTen: 2), ("i1", "one"), ("i2", "two"));
            if (!scene.IsAtRest || TryPrepare(scene, (RerunKind)(seed % 4), new(seed)) is not { } prepared) continue;
            var behaviour = new Behaviour(seed);
            var whole = scene.Rerun(prepared, behaviour);
            for (var events = 1; events < Math.Min(whole.Journal.Count, 150); events += 11)
            {
                if (whole.Journal[events - 1].Event is RunRecovered) continue;
                cuts++;
                Assert.Equal(Text(whole), Text(whole.CutAt(events, behaviour)));
            }
        }
        Assert.True(cuts > 300, $"Only {cuts} cuts.");
    }

    static void Check(RerunScene rerun, int seed)
    {
        var plan = rerun.Prepared!.Plan;
        string Say(string what) => $"Seed {seed}, {plan.Kind} {plan.Activity}: {what}\n{rerun.Json}\n{string.Join('\n', plan.Activities.Select(planned => $"{planned.ActivityId} {planned.Verdict} {planned.Why}"))}";
        var may = plan.Activities.Where(planned => planned.Verdict is RerunVerdict.Runs or RerunVerdict.Depends).Select(planned => planned.ActivityId).ToHashSet();
        var surprises = rerun.Executed.Where(id => !may.Contains(id)).ToList();
        Assert.True(surprises.Count == 0, Say($"{string.Join(", ", surprises)} executed."));
        Assert.True(rerun.State.Error?.Code != "rerun.diverged", Say($"{rerun.State.Error?.ActivityId} diverged."));
        Assert.True(rerun.IsAtRest || rerun.Journal.Count >= 600, Say("it is stuck."));
        if (plan.Kind is not RerunKind.Only) Assert.True(StaleFollower(rerun) is null, Say($"{StaleFollower(rerun)} was reused although what it follows executed."));
        foreach (var reused in rerun.Journal.Select(entry => entry.Event).OfType<ActivityReused>())
        {
            // Whoever is named as the origin really executed it.
            var origin = rerun.Source;
            while (origin!.Id != reused.FromRun) origin = origin.Source;
            Assert.True(origin.Journal.Any(entry => entry.Event is ActivityStarted started && started.Number == reused.FromNumber
                && origin.State[started.Number].ActivityId == rerun.State[reused.Number].ActivityId),
                Say($"{rerun.State[reused.Number].ActivityId} names {reused.FromNumber} of {origin.Id} as its origin.\n\n{Text(origin)}\n\n{Text(rerun)}"));
        }
    }

    /// <summary>Something that was reused although it was started by something that executed.</summary>
    static string? StaleFollower(RerunScene rerun)
    {
        var executed = rerun.Journal.Select(entry => entry.Event).OfType<ActivityStarted>().Select(started => started.Number).ToHashSet();
        var reused = rerun.Journal.Select(entry => entry.Event).OfType<ActivityReused>().Select(taken => taken.Number).ToHashSet();
        return rerun.Journal.Select(entry => entry.Event).OfType<ContainerAdvanced>()
            .Where(advanced => advanced.Child is { } child && executed.Contains(child))
            .SelectMany(advanced => advanced.Scheduled ?? []).FirstOrDefault(scheduled => reused.Contains(scheduled.Number))?.ActivityId;
    }

    static PreparedRerun? Prepare(RerunScene scene, Random random) =>
        TryPrepare(scene, (RerunKind)random.Next(4), random) ?? TryPrepare(scene, RerunKind.Retry, random) ?? TryPrepare(scene, RerunKind.From, random);

    static PreparedRerun? TryPrepare(RerunScene scene, RerunKind kind, Random random)
    {
        var ids = scene.Definition.Activities.Keys.ToList();
        try
        {
            return scene.Prepare(new(scene.Id, kind)
            {
                Activity = kind is RerunKind.From or RerunKind.Only ? ids[random.Next(ids.Count)] : null,
                Inputs = kind is RerunKind.Retry && random.Next(4) == 0 ? new Dictionary<string, JsonElement> { ["i1"] = JsonSerializer.SerializeToElement("other") } : [],
            });
        }
        catch (RerunRefusedException refused) when (refused.Code is "rerun.nothing_to_retry" or "rerun.not_reached" or "rerun.files_gone")
        {
            return null;
        }
    }
}
