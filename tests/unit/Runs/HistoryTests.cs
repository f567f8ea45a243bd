using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>Journals that real runs left behind. One file is added for a change of the runtime; none is ever made again.</summary>
public sealed class HistoryTests
{
    public static IEnumerable<TheoryDataRow<string>> Histories =>
        Directory.EnumerateFiles(Folder, "*.json").Select(file => new TheoryDataRow<string>(Path.GetFileNameWithoutExtension(file)));

    static string Folder => Path.Combine(AppContext.BaseDirectory, "histories");

    [Fact]
    public void There_is_at_least_one_history() => Assert.NotEmpty(Histories);

    [Theory]
    [MemberData(nameof(Histories))]
    public void A_recorded_history_replays_to_the_same_decisions_and_the_same_state(string name)
    {
        var history = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, $"{name}.json"))).RootElement;
        var definition = SimulatedRun.Parse(history.GetProperty("definition").GetRawText());
        var state = new RunState();
        foreach (var line in history.GetProperty("journal").EnumerateArray())
        {
            var type = line.GetProperty("type").GetString()!;
            var recorded = RunEventJson.Read(type, line.GetProperty("payload").GetRawText());
            if (state.Sequence > 0 && RunEngine.Decide(definition, state) is Decision.Follow(var decided) && !type.StartsWith("run.", StringComparison.Ordinal))
                AssertSame(recorded, decided, state);
            state.Apply(new(state.Sequence + 1, line.GetProperty("at").GetDateTimeOffset(), recorded));
        }
        Assert.Equal(history.GetProperty("status").GetString(), state.Status.ToString());
        Assert.Equal(
            history.GetProperty("activities").EnumerateArray().Select(line => line.GetString()),
            state.Executions.Select(execution => $"{execution.ActivityId} {execution.Status} {execution.Attempts.Count}"));
    }

    // Earlier versions recorded all tokens of a flowchart each time, later ones how they change: what it holds then is the same.
    static void AssertSame(RunEvent recorded, RunEvent decided, RunState state)
    {
        if (recorded is ContainerAdvanced then && decided is ContainerAdvanced now)
        {
            Assert.Equal(Held(then), Held(now));
            (recorded, decided) = (then with { Tokens = null, Changes = null }, now with { Tokens = null, Changes = null });
        }
        Assert.Equal(RunEventJson.Write(recorded), RunEventJson.Write(decided));

        IEnumerable<Token> Held(ContainerAdvanced advanced)
        {
            var tokens = new TokenBag();
            tokens.Apply(new(advanced.Number, null, Tokens: [.. state[advanced.Number].Tokens.All]));
            tokens.Apply(advanced);
            return tokens.All;
        }
    }

    [Fact]
    public void The_names_of_events_are_the_ones_that_journals_have() => Assert.Equal(
        [
            "run.created", "run.started", "run.recovered", "run.cancel_requested", "run.suspended", "run.finished", "activity.scheduled", "activity.started",
            "activity.attempt_started", "activity.attempt_failed", "activity.checkpoint_saved", "activity.completed", "activity.faulted", "activity.canceled",
            "container.advanced", "activity.reused", "run.handed_over", "activity.slot_awaited", "activity.slot_taken", "container.evaluated", "activity.suspended",
            "activity.resumed", "activity.attempt_completed",
        ],
        RunEventJson.Names);
}
