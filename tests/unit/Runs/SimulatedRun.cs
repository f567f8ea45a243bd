using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>A run without a store: the test plays the worker that executes jobs.</summary>
sealed class SimulatedRun
{
    static readonly ActivityRegistry Registry = ControlActivities.NewRegistry().Add<SimulatedJob>().Add<SimulatedChoice>().Add<SimulatedStep>();

    readonly InputEvaluation inputs = new(new ExpressionEvaluator());
    readonly WorkflowDefinition definition;
    readonly List<JournalEntry> journal = [];
    DateTimeOffset now = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public SimulatedRun(
        string json, IEnumerable<JournalEntry>? recorded = null, Reuse? reuse = null, Dictionary<string, JsonElement>? given = null,
        Trigger? trigger = null, ActivityRegistry? registry = null)
    {
        definition = WorkflowDefinition.Parse(json, registry ?? Registry);
        if (recorded is null)
        {
            Record(new RunCreated(
                definition.DefinitionId, "checksum", 1, null, given ?? [], VariablesInScope.FirstValues(definition), reuse, Trigger: trigger,
                ContinuesWithIncidents: definition.ContinuesWithIncidents));
        }
        else foreach (var entry in recorded) Record(entry.Event);
    }

    public static WorkflowDefinition Parse(string json) => WorkflowDefinition.Parse(json, Registry);

    public WorkflowDefinition Definition => definition;
    public RunState State { get; } = new();
    public IReadOnlyList<JournalEntry> Journal => journal;

    /// <summary>Activities in the order in which they started, containers left out.</summary>
    public IEnumerable<string> Started => journal.Select(entry => entry.Event).OfType<ActivityStarted>().Select(started => State[started.Number].ActivityId)
        .Where(id => definition.Activities[id].Children.Count == 0 && definition.Activities[id].Descriptor?.IsContainer is not true);

    /// <summary>Journal lines in short, such as <c>Completed A1</c>.</summary>
    public IEnumerable<string> Lines => journal.Select(entry => entry.Event switch
    {
        ActivityStarted happened => $"Started {State[happened.Number].ActivityId}",
        ActivityCompleted happened => $"Completed {State[happened.Number].ActivityId}",
        ActivityFaulted happened => $"Faulted {State[happened.Number].ActivityId}",
        ActivityCanceled happened => $"Canceled {State[happened.Number].ActivityId}",
        ActivitySuspended happened => $"Suspended {State[happened.Number].ActivityId}",
        ActivityResumed happened => $"Resumed {State[happened.Number].ActivityId}",
        _ => "",
    }).Where(line => line.Length > 0);

    /// <summary>What the activities of type <c>Elsa.WriteLine</c> wrote, in order.</summary>
    public IEnumerable<string?> Written => journal.Select(entry => entry.Event).OfType<ActivityCompleted>().Select(completed => State[completed.Number])
        .Select(execution => (definition.Activities[execution.ActivityId].Control as DecidingActivity)?.LogOf(execution)).Where(line => line is not null);

    /// <summary>Ids of the jobs that execute, by execution.</summary>
    public IEnumerable<string> Open => State.Live.Where(number => State[number].IsAttemptOpen).Select(number => State[number].ActivityId);

    public SimulatedRun Advance(int mostEvents = int.MaxValue)
    {
        while (journal.Count < mostEvents)
        {
            switch (RunEngine.Decide(definition, State))
            {
                case Decision.Follow(var happened): Record(happened); break;
                case Decision.Evaluate(var execution):
                    Record(inputs.Evaluate(Guid.Empty, definition, definition.Activities[execution.ActivityId], State, execution.Number));
                    break;
                case Decision.Wait or Decision.Ended: return this;
            }
        }
        return this;
    }

    public Decision Decide() => RunEngine.Decide(definition, State);

    public SimulatedRun Complete(string activityId, params string[] outcomes) =>
        Record(new ActivityCompleted(NumberOf(activityId), outcomes.Length == 0 ? null : outcomes)).Advance();

    public SimulatedRun Fail(string activityId, TimeSpan? retryAfter = null) => Record(new AttemptFailed(
        NumberOf(activityId), State[NumberOf(activityId)].Attempts[^1], AttemptFailure.Failed, new("test.failed", "It failed.", activityId), retryAfter)).Advance();

    /// <summary>What an activity waits for comes.</summary>
    public SimulatedRun Resume(string activityId, Dictionary<string, JsonElement>? outputs = null, RunError? error = null)
    {
        if (State.Status is RunStatus.Suspended) Record(new RunRecovered("worker"));
        return Record(new ActivityResumed(NumberOf(activityId), Outputs: outputs, Error: error)).Advance();
    }

    public SimulatedRun End(string activityId) => Record(new ActivityCanceled(NumberOf(activityId))).Advance();

    public SimulatedRun Cancel() => Record(new RunCancelRequested("Somebody wanted it.")).Advance();

    public int NumberOf(string activityId) => State.Live.Last(number => State[number].ActivityId == activityId);

    public SimulatedRun Record(RunEvent happened)
    {
        var entry = new JournalEntry(journal.Count + 1, now = now.AddSeconds(1), happened);
        State.Apply(entry);
        journal.Add(entry);
        return this;
    }
}

/// <summary>A job that nobody executes.</summary>
[Activity("Test", "Test", "Executes in the mind of the test only.", Kind = ActivityKind.Job)]
public sealed class SimulatedJob : CodeActivity
{
    [Input(Description = "Anything.")]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "Anything.")]
    public Output<string> Result { get; set; } = default!;

    [Output(Description = "Files that are gone when the run has ended.", IsSerializable = false)]
    public Output<string> Files { get; set; } = default!;
}

/// <summary>A job that chooses what follows.</summary>
[Activity("Test", "Test", "Chooses in the mind of the test only.", Kind = ActivityKind.Job)]
[FlowNode("Left", "Right")]
public sealed class SimulatedChoice : CodeActivity
{
    [Input(Description = "Anything.")]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "Anything.")]
    public Output<string> Result { get; set; } = default!;
}

/// <summary>An activity of code that executes inline.</summary>
[Activity("Test", "Test", "Executes inline, in the mind of the test only.")]
public sealed class SimulatedStep : CodeActivity
{
    [Input(Description = "Anything.")]
    public Input<string> Text { get; set; } = default!;

    [Output(Description = "Anything.")]
    public Output<string> Result { get; set; } = default!;
}
