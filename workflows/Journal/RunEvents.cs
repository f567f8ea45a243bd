using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Journal;

/// <summary>One line of a run's journal.</summary>
/// <param name="Sequence">Place in the journal, from 1.</param>
/// <param name="At">When it was written, by the clock of the worker, to the microsecond.</param>
/// <param name="Event">The event.</param>
sealed record JournalEntry(long Sequence, DateTimeOffset At, RunEvent Event);

/// <summary>
/// An event of a run; one line of its journal. Names and properties are persisted: append-only. A new event is declared here, with its name
/// and its method of <see cref="IRunFold"/>, and handled in the fold of <see cref="RunState"/>.
/// </summary>
[JsonDerivedType(typeof(RunCreated), RunEventNames.RunCreated)]
[JsonDerivedType(typeof(RunStarted), RunEventNames.RunStarted)]
[JsonDerivedType(typeof(RunRecovered), RunEventNames.RunRecovered)]
[JsonDerivedType(typeof(RunCancelRequested), RunEventNames.RunCancelRequested)]
[JsonDerivedType(typeof(RunSuspended), RunEventNames.RunSuspended)]
[JsonDerivedType(typeof(RunFinished), RunEventNames.RunFinished)]
[JsonDerivedType(typeof(ActivityScheduled), RunEventNames.ActivityScheduled)]
[JsonDerivedType(typeof(ActivityStarted), RunEventNames.ActivityStarted)]
[JsonDerivedType(typeof(AttemptStarted), RunEventNames.AttemptStarted)]
[JsonDerivedType(typeof(AttemptFailed), RunEventNames.AttemptFailed)]
[JsonDerivedType(typeof(CheckpointSaved), RunEventNames.CheckpointSaved)]
[JsonDerivedType(typeof(ActivityCompleted), RunEventNames.ActivityCompleted)]
[JsonDerivedType(typeof(ActivityFaulted), RunEventNames.ActivityFaulted)]
[JsonDerivedType(typeof(ActivityCanceled), RunEventNames.ActivityCanceled)]
[JsonDerivedType(typeof(ContainerAdvanced), RunEventNames.ContainerAdvanced)]
[JsonDerivedType(typeof(ActivityReused), RunEventNames.ActivityReused)]
[JsonDerivedType(typeof(RunHandedOver), RunEventNames.RunHandedOver)]
[JsonDerivedType(typeof(SlotAwaited), RunEventNames.SlotAwaited)]
[JsonDerivedType(typeof(SlotTaken), RunEventNames.SlotTaken)]
[JsonDerivedType(typeof(ContainerEvaluated), RunEventNames.ContainerEvaluated)]
[JsonDerivedType(typeof(ActivitySuspended), RunEventNames.ActivitySuspended)]
[JsonDerivedType(typeof(ActivityResumed), RunEventNames.ActivityResumed)]
[JsonDerivedType(typeof(AttemptCompleted), RunEventNames.AttemptCompleted)]
abstract record RunEvent
{
    /// <summary>Passes the event to the method of the fold for its type.</summary>
    public abstract void ApplyTo(IRunFold fold, JournalEntry entry);
}

/// <summary>Names of the events in the journal. Persisted: append-only, independent of the names of the types.</summary>
public static class RunEventNames
{
    internal const string
        RunCreated = "run.created",
        RunStarted = "run.started",
        RunRecovered = "run.recovered",
        RunCancelRequested = "run.cancel_requested",
        ActivityScheduled = "activity.scheduled",
        ActivityStarted = "activity.started",
        CheckpointSaved = "activity.checkpoint_saved",
        ActivityFaulted = "activity.faulted",
        ContainerAdvanced = "container.advanced",
        RunHandedOver = "run.handed_over",
        SlotAwaited = "activity.slot_awaited",
        SlotTaken = "activity.slot_taken",
        ContainerEvaluated = "container.evaluated",
        ActivitySuspended = "activity.suspended",
        ActivityResumed = "activity.resumed",
        AttemptCompleted = "activity.attempt_completed";

    /// <summary>The run waits for something outside.</summary>
    public const string RunSuspended = "run.suspended";

    /// <summary>The run ended: the last line of its journal.</summary>
    public const string RunFinished = "run.finished";

    /// <summary>An attempt began.</summary>
    public const string AttemptStarted = "activity.attempt_started";

    /// <summary>An attempt failed.</summary>
    public const string AttemptFailed = "activity.attempt_failed";

    /// <summary>An activity completed.</summary>
    public const string ActivityCompleted = "activity.completed";

    /// <summary>An activity was ended from outside.</summary>
    public const string ActivityCanceled = "activity.canceled";

    /// <summary>An earlier execution replaces this one.</summary>
    public const string ActivityReused = "activity.reused";
}

/// <summary>
/// Folds the events of a run. Each event has its method here, so the compiler finds every fold that does not know a new one.
/// </summary>
interface IRunFold
{
    void Apply(RunCreated happened, JournalEntry entry);
    void Apply(RunStarted happened, JournalEntry entry);
    void Apply(RunRecovered happened, JournalEntry entry);
    void Apply(RunHandedOver happened, JournalEntry entry);
    void Apply(RunCancelRequested happened, JournalEntry entry);
    void Apply(RunSuspended happened, JournalEntry entry);
    void Apply(RunFinished happened, JournalEntry entry);
    void Apply(ActivityScheduled happened, JournalEntry entry);
    void Apply(ActivityStarted happened, JournalEntry entry);
    void Apply(ActivityReused happened, JournalEntry entry);
    void Apply(ContainerEvaluated happened, JournalEntry entry);
    void Apply(ActivitySuspended happened, JournalEntry entry);
    void Apply(ActivityResumed happened, JournalEntry entry);
    void Apply(AttemptStarted happened, JournalEntry entry);
    void Apply(SlotAwaited happened, JournalEntry entry);
    void Apply(SlotTaken happened, JournalEntry entry);
    void Apply(AttemptFailed happened, JournalEntry entry);
    void Apply(CheckpointSaved happened, JournalEntry entry);
    void Apply(AttemptCompleted happened, JournalEntry entry);
    void Apply(ActivityCompleted happened, JournalEntry entry);
    void Apply(ActivityFaulted happened, JournalEntry entry);
    void Apply(ActivityCanceled happened, JournalEntry entry);
    void Apply(ContainerAdvanced happened, JournalEntry entry);
}

/// <summary>
/// A fold that shows one aspect of a run and ignores the other events. A test lists the events that each view ignores, so that a new one is
/// not forgotten.
/// </summary>
interface IRunView : IRunFold
{
    void IRunFold.Apply(RunCreated happened, JournalEntry entry) { }
    void IRunFold.Apply(RunStarted happened, JournalEntry entry) { }
    void IRunFold.Apply(RunRecovered happened, JournalEntry entry) { }
    void IRunFold.Apply(RunHandedOver happened, JournalEntry entry) { }
    void IRunFold.Apply(RunCancelRequested happened, JournalEntry entry) { }
    void IRunFold.Apply(RunSuspended happened, JournalEntry entry) { }
    void IRunFold.Apply(RunFinished happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityScheduled happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityStarted happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityReused happened, JournalEntry entry) { }
    void IRunFold.Apply(ContainerEvaluated happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivitySuspended happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityResumed happened, JournalEntry entry) { }
    void IRunFold.Apply(AttemptStarted happened, JournalEntry entry) { }
    void IRunFold.Apply(SlotAwaited happened, JournalEntry entry) { }
    void IRunFold.Apply(SlotTaken happened, JournalEntry entry) { }
    void IRunFold.Apply(AttemptFailed happened, JournalEntry entry) { }
    void IRunFold.Apply(CheckpointSaved happened, JournalEntry entry) { }
    void IRunFold.Apply(AttemptCompleted happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityCompleted happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityFaulted happened, JournalEntry entry) { }
    void IRunFold.Apply(ActivityCanceled happened, JournalEntry entry) { }
    void IRunFold.Apply(ContainerAdvanced happened, JournalEntry entry) { }
}

/// <summary>The run was accepted.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Checksum">SHA-256 of the definition's document, which identifies it exactly.</param>
/// <param name="Version">Version number in the document.</param>
/// <param name="Partition">The month, such as <c>2026-10</c>.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="Variables">Variable id → first value.</param>
/// <param name="Reuse">Of a rerun: what it takes over; <see langword="null"/> if everything executes.</param>
/// <param name="CorrelationId">Correlation id of the run; <see langword="null"/> for none.</param>
/// <param name="Trigger">The activity that it begins with and what that brought; <see langword="null"/> if nothing triggered it.</param>
/// <param name="ContinuesWithIncidents">Whether it waits after an activity failed, instead of failing.</param>
/// <param name="Depth">Number of runs above it, each of which started the next one.</param>
sealed record RunCreated(
    string DefinitionId, string Checksum, int Version, string? Partition, IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Variables, Reuse? Reuse = null, string? CorrelationId = null, Trigger? Trigger = null,
    bool ContinuesWithIncidents = false, int Depth = 0) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A worker began to drive the run.</summary>
/// <param name="TraceParent">W3C trace context of what it does; <see langword="null"/> if it is not traced.</param>
sealed record RunStarted(string Worker, string? TraceParent = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A worker continued a run whose worker died.</summary>
/// <param name="TraceParent">W3C trace context of what it does; <see langword="null"/> if it is not traced.</param>
sealed record RunRecovered(string Worker, string? TraceParent = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A worker that was asked to stop released the run; another one continues it.</summary>
sealed record RunHandedOver(string Worker) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A cancellation of the run was requested.</summary>
sealed record RunCancelRequested(string Reason) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>Nothing executes, and the run waits for something from outside.</summary>
sealed record RunSuspended(string Reason) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>The run ended.</summary>
sealed record RunFinished(RunStatus Status, RunError? Error) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity was added to the queue.</summary>
/// <param name="Number">Number of the execution in its run, from 1.</param>
/// <param name="ActivityId">The activity.</param>
/// <param name="Parent">Number of the container's execution; <see langword="null"/> for the root.</param>
sealed record ActivityScheduled(int Number, string ActivityId, int? Parent) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity left the queue and started; its inputs have been evaluated.</summary>
/// <param name="Inputs">Input name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that the evaluation wrote: variable id → value; <see langword="null"/> for none.</param>
/// <param name="Error">Reason why an input could not be evaluated; <see langword="null"/> if all could.</param>
/// <param name="Secrets">Input → names of the secrets that the definition has there, whose values the activity gets; <see langword="null"/>
/// for none.</param>
/// <param name="OfRun">Values that the evaluation wrote on the run itself; <see langword="null"/> for none.</param>
sealed record ActivityStarted(
    int Number, IReadOnlyDictionary<string, JsonElement>? Inputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    RunError? Error = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? Secrets = null, RunValues? OfRun = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>
/// An activity left the queue, and its result in an earlier run replaces its execution; for a container: the values that decided its
/// opening. Its end follows by the same events as that of one that executes.
/// </summary>
/// <param name="FromRun">The run in which it really executed.</param>
/// <param name="FromNumber">Number of the execution there.</param>
/// <param name="FromAt">Time of its end in that run.</param>
/// <param name="Inputs">Input name → value, as it was; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that the evaluation wrote; <see langword="null"/> for none.</param>
/// <param name="Materializations">Materializations that became visible with its end; <see langword="null"/> for none.</param>
/// <param name="CodeVersion">Version of the code that executed it; <see langword="null"/> if the runtime carried it out, or if it was not
/// recorded.</param>
sealed record ActivityReused(
    int Number, Guid FromRun, int FromNumber, DateTimeOffset FromAt, IReadOnlyDictionary<string, JsonElement>? Inputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyList<Guid>? Materializations = null, string? CodeVersion = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A loop evaluated its condition before another pass.</summary>
/// <param name="Inputs">Input name → value.</param>
/// <param name="Variables">Variables that the evaluation wrote: variable id → value; <see langword="null"/> for none.</param>
/// <param name="Error">Reason why it could not be evaluated; <see langword="null"/> if it could.</param>
/// <param name="OfRun">Values that the evaluation wrote on the run itself; <see langword="null"/> for none.</param>
sealed record ContainerEvaluated(
    int Number, IReadOnlyDictionary<string, JsonElement>? Inputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    RunError? Error = null, RunValues? OfRun = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity waits for something outside; meanwhile it executes nothing and holds no slot.</summary>
/// <param name="DueAt">The time that it waits for; <see langword="null"/> if it waits for no time.</param>
/// <param name="EventName">The event that it waits for; <see langword="null"/> if it waits for none.</param>
/// <param name="Child">The run that it starts; <see langword="null"/> if it starts none.</param>
sealed record ActivitySuspended(int Number, DateTimeOffset? DueAt = null, string? EventName = null, ChildRun? Child = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>The wait of an activity has ended.</summary>
/// <param name="Outcomes">The outcomes that it completes with; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Error">Reason why it fails instead; <see langword="null"/> if it does not.</param>
sealed record ActivityResumed(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null, RunError? Error = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An attempt may begin: everything before it is durable with this event.</summary>
/// <param name="Attempt">Number of the attempt, counted over the whole run, so that no two write to the same place, loops included.</param>
sealed record AttemptStarted(int Number, int Attempt) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An attempt waits for a slot of its pool: it has not begun its work, whether or not its worker survives.</summary>
sealed record SlotAwaited(int Number, int Attempt, string Pool) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An attempt that waited has its slot and begins its work.</summary>
sealed record SlotTaken(int Number, int Attempt) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An attempt failed.</summary>
/// <param name="Kind">Kind of the failure.</param>
/// <param name="RetryAfter">Wait until the next attempt, as chosen; <see langword="null"/> for no further attempt.</param>
sealed record AttemptFailed(int Number, int Attempt, AttemptFailure Kind, RunError Error, TimeSpan? RetryAfter) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An attempt saved what the next one needs to continue.</summary>
sealed record CheckpointSaved(int Number, JsonElement State) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>The attempt of an activity with inner activities succeeded; one of them follows, and the activity completes after it.</summary>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that it wrote: variable id → value; <see langword="null"/> for none.</param>
/// <param name="Metrics">Its metrics by name; <see langword="null"/> for none.</param>
sealed record AttemptCompleted(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyDictionary<string, decimal>? Metrics = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity completed.</summary>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that it wrote: variable id → value; <see langword="null"/> for none.</param>
/// <param name="Metrics">Its metrics by name; <see langword="null"/> for none.</param>
/// <param name="Materializations">Materializations that became visible with its end; <see langword="null"/> for none.</param>
/// <param name="EndsRun">Whether the whole run ends with it.</param>
/// <param name="CodeVersion">Version of the assembly that executed it; <see langword="null"/> if the runtime executed or reused it.</param>
/// <param name="OfRun">Values that it wrote on the run itself; <see langword="null"/> for none.</param>
sealed record ActivityCompleted(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyDictionary<string, decimal>? Metrics = null,
    IReadOnlyList<Guid>? Materializations = null, bool EndsRun = false, string? CodeVersion = null, RunValues? OfRun = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity failed for good.</summary>
sealed record ActivityFaulted(int Number, RunError Error) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>An activity was ended from outside.</summary>
sealed record ActivityCanceled(int Number) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}

/// <summary>A container made a decision about the end of a child.</summary>
/// <param name="Number">The container's execution.</param>
/// <param name="Child">The execution in it that completed or was canceled; <see langword="null"/> when the container opens.</param>
/// <param name="Scheduled">Executions that it appended to the queue; <see langword="null"/> for none.</param>
/// <param name="Canceled">Executions in it that it ended; <see langword="null"/> for none.</param>
/// <param name="Tokens">Written by earlier versions only: all tokens that a flowchart holds from now on; <see langword="null"/> for
/// none.</param>
/// <param name="Completes">Outcomes with which the container completes; <see langword="null"/> if it continues.</param>
/// <param name="Breaks">Whether it completes because the loop around it ends.</param>
/// <param name="Locals">First values of the variables that it declares, by id; <see langword="null"/> for none.</param>
/// <param name="Variables">Variables that it wrote: variable id → value; <see langword="null"/> for none.</param>
/// <param name="Changes">Of a flowchart: how its tokens change; <see langword="null"/> if it holds those that <paramref name="Tokens"/>
/// says.</param>
sealed record ContainerAdvanced(
    int Number, int? Child, IReadOnlyList<ScheduledChild>? Scheduled = null, IReadOnlyList<int>? Canceled = null,
    IReadOnlyList<Token>? Tokens = null, IReadOnlyList<string>? Completes = null, bool Breaks = false,
    IReadOnlyDictionary<string, JsonElement>? Locals = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    TokenChanges? Changes = null) : RunEvent
{
    public override void ApplyTo(IRunFold fold, JournalEntry entry) => fold.Apply(this, entry);
}
