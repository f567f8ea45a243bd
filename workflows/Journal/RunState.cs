using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// State of a run, folded from its journal. The fold takes events as they are recorded and decides nothing, so a journal of an older
/// version gives the same state.
/// </summary>
sealed partial class RunState : IRunFold
{
    readonly List<ExecutionState> executions = [];
    readonly Queue<int> queue = new();
    readonly Queue<int> unsettled = new();
    readonly Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
    readonly Dictionary<string, JsonElement> outputs = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> lastSucceeded = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> lastAttempts = new(StringComparer.Ordinal);
    readonly Dictionary<string, int> lastOrdinals = new(StringComparer.Ordinal);
    readonly SortedSet<int> live = [];
    readonly SortedSet<int> unrested = [];
    readonly SortedSet<int> trying = [];
    readonly SortedSet<int> waiting = [];
    readonly List<int> touched = [];
    readonly SortedSet<int> changed = [];
    bool isHandedOver;

    /// <summary>Events folded so far.</summary>
    public long Sequence { get; private set; }

    public RunStatus Status { get; private set; } = RunStatus.Queued;

    public DateTimeOffset? StartedAt { get; private set; }

    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>The first failure of the run for good.</summary>
    public RunError? Error { get; private set; }

    public string? SuspendedReason { get; private set; }

    /// <summary>Reason why the run is to be canceled; null if it is not.</summary>
    public string? CancelReason { get; private set; }

    /// <summary>The worker that drove the run last; null if none has yet.</summary>
    public string? Worker { get; private set; }

    /// <summary>Number of workers in a row that died with the run without any activity ending in between.</summary>
    public int Deaths { get; private set; }

    /// <summary>Number of the execution that an event was about last; null for none.</summary>
    public int? LastTouched { get; private set; }

    /// <summary>Whether an activity ended the whole run.</summary>
    public bool IsFinishRequested { get; private set; }

    /// <summary>W3C trace context of the worker that took the run last; null if it is not traced.</summary>
    public string? TraceParent { get; private set; }

    public RunCreated? Created { get; private set; }

    /// <summary>Variable id → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables => variables;

    /// <summary>All executions; the one with number n at n − 1.</summary>
    public IReadOnlyList<ExecutionState> Executions => executions;

    /// <summary>Numbers of the executions that have started and not ended, ascending.</summary>
    public IReadOnlyCollection<int> Live => live;

    /// <summary>Whether there are open attempts, and none of them has begun its work.</summary>
    bool OnlyAwaitsSlots
    {
        get
        {
            var open = trying.Select(number => this[number]).Where(execution => execution.IsAttemptOpen).ToList();
            return open.Count > 0 && open.TrueForAll(execution => execution.AwaitsSlot);
        }
    }

    /// <summary>Open executions that may have a next step without anything from outside, ascending.</summary>
    public IReadOnlyCollection<int> Unrested => unrested;

    /// <summary>Open executions with an attempt that executes or waits for its time, ascending.</summary>
    public IReadOnlyCollection<int> Trying => trying;

    /// <summary>Open executions that wait for something outside that has not come, ascending.</summary>
    public IReadOnlyCollection<int> Waiting => waiting;

    /// <summary>Whether any activity ever waited for something outside.</summary>
    public bool HasWaited { get; private set; }

    /// <summary>Name that people see for the run; null if it has none.</summary>
    public string? Name { get; private set; }

    /// <summary>Correlation id of the run; null if it has none.</summary>
    public string? CorrelationId { get; private set; }

    /// <summary>Outputs of the workflow by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Outputs => outputs;

    /// <summary>The outcomes that the workflow completed with; <c>Done</c> if no activity chose any.</summary>
    public IReadOnlyList<string> Outcomes { get; private set; } = ["Done"];

    /// <summary>Number of activities that failed for good.</summary>
    public int Incidents { get; private set; }

    /// <summary>Whether the run fails because an activity did.</summary>
    public bool IsFailing => Error is not null && Created is not { ContinuesWithIncidents: true };

    /// <summary>Whether no new job may begin, and those that execute are to end.</summary>
    public bool IsStopping => IsFailing || CancelReason is not null || IsFinishRequested;

    /// <summary>Outputs of the execution that completed last.</summary>
    public ExecutionState? LastCompleted { get; private set; }

    public ExecutionState this[int number] => executions[number - 1];

    /// <summary>The oldest completed execution whose container has not reacted to it yet.</summary>
    public ExecutionState? Unsettled => unsettled.TryPeek(out var number) ? this[number] : null;

    /// <summary>The execution that is next; null if the queue is empty. Canceled ones in the queue are skipped.</summary>
    public ExecutionState? Next => queue.TryPeek(out var number) ? this[number] : null;

    /// <summary>The execution of an activity that succeeded last; null for none.</summary>
    public ExecutionState? FindSucceeded(string activityId) => lastSucceeded.TryGetValue(activityId, out var number) ? this[number] : null;

    /// <summary>Number of the next attempt of an activity, from 1.</summary>
    public int NextAttempt(string activityId) => lastAttempts.GetValueOrDefault(activityId) + 1;

    /// <summary>Numbers of all executions inside a container, at any depth, that have not ended.</summary>
    public List<int> OpenBelow(int container) => [.. live.Concat(queue).Where(number => !this[number].Status.IsFinal && IsBelow(number, container))];

    /// <summary>
    /// Numbers of the executions directly inside a container that have not ended: first those that have started, then those that are
    /// queued.
    /// </summary>
    public List<int> OpenIn(int container) =>
        [.. live.Concat(queue).Where(number => this[number].Parent == container && !this[number].Status.IsFinal)];

    /// <summary>Returns the executions that events have changed since the last call.</summary>
    public List<ExecutionState> TakeChanged()
    {
        var taken = changed.Select(number => this[number]).ToList();
        changed.Clear();
        return taken;
    }

    /// <summary>Folds a whole journal.</summary>
    public static RunState Of(IEnumerable<JournalEntry> journal)
    {
        var state = new RunState();
        foreach (var entry in journal) state.Apply(entry);
        return state;
    }
}
