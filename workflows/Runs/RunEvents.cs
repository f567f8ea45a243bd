using System.Text.Json;

namespace Orchestrator.Workflows.Runs;

/// <summary>One line of a run's journal.</summary>
/// <param name="Sequence">Place in the journal, from 1.</param>
/// <param name="At">When, by the clock of the worker that wrote it, to the microsecond.</param>
/// <param name="Event">What happened.</param>
sealed record JournalEntry(long Sequence, DateTimeOffset At, RunEvent Event);

/// <summary>Something that happened in a run; one line of its journal. Names and properties are persisted: append-only.</summary>
abstract record RunEvent;

/// <summary>The run was accepted.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Checksum">SHA-256 of the definition's document: which one exactly.</param>
/// <param name="Version">The version it says it is.</param>
/// <param name="Partition">The month, such as <c>2026-10</c>.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="Variables">Variable id → first value.</param>
/// <param name="Reuse">Of a rerun: what it takes over; <see langword="null"/> where everything executes.</param>
/// <param name="CorrelationId">What ties it to others; <see langword="null"/> for nothing.</param>
/// <param name="Trigger">The activity that it begins with and what that brought; <see langword="null"/> where nothing triggered it.</param>
/// <param name="ContinuesWithIncidents">Whether it waits where an activity failed, instead of failing.</param>
/// <param name="Depth">How many runs are above it, each of which started the next one.</param>
sealed record RunCreated(
    string DefinitionId, string Checksum, int Version, string? Partition, IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Variables, Reuse? Reuse = null, string? CorrelationId = null, Trigger? Trigger = null,
    bool ContinuesWithIncidents = false, int Depth = 0) : RunEvent;

/// <summary>What started a run, other than a person or a schedule.</summary>
/// <param name="ActivityId">The activity of the run that waited for it; it completes at once.</param>
/// <param name="Payload">What it brought; <see langword="null"/> for nothing.</param>
sealed record Trigger(string ActivityId, JsonElement? Payload = null);

/// <summary>A worker began to drive the run.</summary>
/// <param name="TraceParent">W3C trace context of what it does; <see langword="null"/> where it is not traced.</param>
sealed record RunStarted(string Worker, string? TraceParent = null) : RunEvent;

/// <summary>A worker went on with a run whose worker died.</summary>
/// <param name="TraceParent">W3C trace context of what it does; <see langword="null"/> where it is not traced.</param>
sealed record RunRecovered(string Worker, string? TraceParent = null) : RunEvent;

/// <summary>A worker that was told to end let the run go; another one goes on.</summary>
sealed record RunHandedOver(string Worker) : RunEvent;

/// <summary>The run is to be cancelled.</summary>
sealed record RunCancelRequested(string Reason) : RunEvent;

/// <summary>Nothing executes, and what the run waits for cannot come by itself.</summary>
sealed record RunSuspended(string Reason) : RunEvent;

/// <summary>The run ended.</summary>
sealed record RunFinished(RunStatus Status, RunError? Error) : RunEvent;

/// <summary>An activity was put at the end of the queue.</summary>
/// <param name="Number">Number of the execution in its run, from 1.</param>
/// <param name="ActivityId">The activity.</param>
/// <param name="Parent">Number of the container's execution; <see langword="null"/> for the root.</param>
sealed record ActivityScheduled(int Number, string ActivityId, int? Parent) : RunEvent;

/// <summary>An activity left the queue and started; its inputs have been evaluated.</summary>
/// <param name="Inputs">Input name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">What evaluating them wrote: variable id → value; <see langword="null"/> for nothing.</param>
/// <param name="Error">Why an input could not be evaluated; <see langword="null"/> where all could.</param>
/// <param name="Secrets">Input → names of the secrets that the definition has there, whose values the activity gets; <see langword="null"/> for none.</param>
/// <param name="OfRun">What evaluating them wrote on the run itself; <see langword="null"/> for nothing.</param>
sealed record ActivityStarted(
    int Number, IReadOnlyDictionary<string, JsonElement>? Inputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    RunError? Error = null, IReadOnlyDictionary<string, IReadOnlyList<string>>? Secrets = null, RunValues? OfRun = null) : RunEvent;

/// <summary>
/// An activity left the queue, and what it did in an earlier run takes the place of its execution; of a container: what decided its opening.
/// Its end follows by the same events as that of one that executes.
/// </summary>
/// <param name="FromRun">The run in which it really executed.</param>
/// <param name="FromNumber">Number of the execution there.</param>
/// <param name="FromAt">When it ended there.</param>
/// <param name="Inputs">Input name → value, as it was; <see langword="null"/> for none.</param>
/// <param name="Variables">What evaluating them wrote; <see langword="null"/> for nothing.</param>
/// <param name="Materializations">What became visible with it; <see langword="null"/> for nothing.</param>
/// <param name="CodeVersion">Version of the code that executed it; <see langword="null"/> where the runtime carried it out, or nobody noted it.</param>
sealed record ActivityReused(
    int Number, Guid FromRun, int FromNumber, DateTimeOffset FromAt, IReadOnlyDictionary<string, JsonElement>? Inputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyList<Guid>? Materializations = null, string? CodeVersion = null) : RunEvent;

/// <summary>A loop evaluated its condition before another pass.</summary>
/// <param name="Inputs">Input name → value.</param>
/// <param name="Variables">What evaluating it wrote: variable id → value; <see langword="null"/> for nothing.</param>
/// <param name="Error">Why it could not be evaluated; <see langword="null"/> where it could.</param>
/// <param name="OfRun">What evaluating them wrote on the run itself; <see langword="null"/> for nothing.</param>
sealed record ContainerEvaluated(
    int Number, IReadOnlyDictionary<string, JsonElement>? Inputs = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    RunError? Error = null, RunValues? OfRun = null) : RunEvent;

/// <summary>An activity waits for something outside; meanwhile it executes nothing and holds nothing.</summary>
/// <param name="DueAt">The time that it waits for; <see langword="null"/> where it waits for no time.</param>
/// <param name="EventName">The event that it waits for; <see langword="null"/> where it waits for none.</param>
/// <param name="Child">The run that it starts; <see langword="null"/> where it starts none.</param>
sealed record ActivitySuspended(int Number, DateTimeOffset? DueAt = null, string? EventName = null, ChildRun? Child = null) : RunEvent;

/// <summary>A run that an activity starts. Its id follows from that of the run and the number of the execution, so that starting it twice gives one.</summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Inputs">Input name → value; <see langword="null"/> for none.</param>
/// <param name="CorrelationId">What ties it to others; <see langword="null"/> for nothing.</param>
/// <param name="IsAwaited">Whether the activity waits for its end.</param>
sealed record ChildRun(string DefinitionId, IReadOnlyDictionary<string, JsonElement>? Inputs, string? CorrelationId, bool IsAwaited);

/// <summary>What an activity waited for has come.</summary>
/// <param name="Outcomes">The outcomes that it completes with; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Error">Why it fails instead; <see langword="null"/> where it does not.</param>
sealed record ActivityResumed(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null, RunError? Error = null) : RunEvent;

/// <summary>An attempt may begin: what led to it is durable with this event.</summary>
/// <param name="Attempt">Counts the attempts of the activity in the whole run, so that no two write to the same place, loops included.</param>
sealed record AttemptStarted(int Number, int Attempt) : RunEvent;

/// <summary>An attempt waits for a slot of its pool: it has not begun its work, whatever becomes of its worker.</summary>
sealed record SlotAwaited(int Number, int Attempt, string Pool) : RunEvent;

/// <summary>An attempt that waited has its slot and begins its work.</summary>
sealed record SlotTaken(int Number, int Attempt) : RunEvent;

/// <summary>An attempt failed.</summary>
/// <param name="Kind">What kind of failure it was.</param>
/// <param name="RetryAfter">Wait until the next attempt, as chosen; <see langword="null"/> for no further attempt.</param>
sealed record AttemptFailed(int Number, int Attempt, AttemptFailure Kind, RunError Error, TimeSpan? RetryAfter) : RunEvent;

/// <summary>An attempt saved what the next one needs to go on from there.</summary>
sealed record CheckpointSaved(int Number, JsonElement State) : RunEvent;

/// <summary>The attempt of an activity that holds others did its work; one of them follows, and the activity completes after it.</summary>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">What it wrote: variable id → value; <see langword="null"/> for nothing.</param>
/// <param name="Metrics">Figures by name; <see langword="null"/> for none.</param>
sealed record AttemptCompleted(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyDictionary<string, decimal>? Metrics = null) : RunEvent;

/// <summary>An activity completed.</summary>
/// <param name="Outcomes">Its outcomes; <see langword="null"/> for <c>Done</c>.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
/// <param name="Variables">What it wrote: variable id → value; <see langword="null"/> for nothing.</param>
/// <param name="Metrics">Figures by name; <see langword="null"/> for none.</param>
/// <param name="Materializations">What became visible with it; <see langword="null"/> for nothing.</param>
/// <param name="EndsRun">Whether the whole run ends with it.</param>
/// <param name="CodeVersion">Version of the assembly that did it; <see langword="null"/> for what the runtime carries out itself or takes over.</param>
/// <param name="OfRun">What it wrote on the run itself; <see langword="null"/> for nothing.</param>
sealed record ActivityCompleted(
    int Number, IReadOnlyList<string>? Outcomes = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null,
    IReadOnlyDictionary<string, JsonElement>? Variables = null, IReadOnlyDictionary<string, decimal>? Metrics = null,
    IReadOnlyList<Guid>? Materializations = null, bool EndsRun = false, string? CodeVersion = null, RunValues? OfRun = null) : RunEvent;

/// <summary>What an activity writes on the run itself.</summary>
/// <param name="Name">What people call the run, empty for nothing; <see langword="null"/> where it stays as it is.</param>
/// <param name="CorrelationId">What ties it to others, empty for nothing; <see langword="null"/> where it stays as it is.</param>
/// <param name="Outputs">Output name → value; <see langword="null"/> for none.</param>
sealed record RunValues(string? Name = null, string? CorrelationId = null, IReadOnlyDictionary<string, JsonElement>? Outputs = null);

/// <summary>An activity failed for good.</summary>
sealed record ActivityFaulted(int Number, RunError Error) : RunEvent;

/// <summary>An activity was ended from outside.</summary>
sealed record ActivityCanceled(int Number) : RunEvent;

/// <summary>A container looked at what happened and decided.</summary>
/// <param name="Number">The container's execution.</param>
/// <param name="Child">The execution in it that completed or was cancelled; <see langword="null"/> when the container opens.</param>
/// <param name="Scheduled">What it put at the end of the queue; <see langword="null"/> for nothing.</param>
/// <param name="Canceled">Executions in it that it ended; <see langword="null"/> for none.</param>
/// <param name="Tokens">Written by earlier versions only: all tokens that a flowchart holds from now on; <see langword="null"/> for none.</param>
/// <param name="Completes">Outcomes with which the container completes; <see langword="null"/> where it goes on.</param>
/// <param name="Breaks">Whether it completes because the loop around it is to end.</param>
/// <param name="Locals">First values of the variables that it declares, by id; <see langword="null"/> for none.</param>
/// <param name="Variables">What it wrote: variable id → value; <see langword="null"/> for nothing.</param>
/// <param name="Changes">Of a flowchart: how its tokens change; <see langword="null"/> where it holds those that <paramref name="Tokens"/> says.</param>
sealed record ContainerAdvanced(
    int Number, int? Child, IReadOnlyList<ScheduledChild>? Scheduled = null, IReadOnlyList<int>? Canceled = null,
    IReadOnlyList<Token>? Tokens = null, IReadOnlyList<string>? Completes = null, bool Breaks = false,
    IReadOnlyDictionary<string, JsonElement>? Locals = null, IReadOnlyDictionary<string, JsonElement>? Variables = null,
    TokenChanges? Changes = null) : RunEvent;

/// <summary>How the tokens of a flowchart change: first what is used up, then what is removed, then what is added.</summary>
/// <param name="Added">Tokens that are there besides; <see langword="null"/> for none.</param>
/// <param name="Consumed">Ids of activities that used up all that had arrived for them; <see langword="null"/> for none.</param>
/// <param name="Removed">Tokens of which one each is gone; <see langword="null"/> for none.</param>
sealed record TokenChanges(IReadOnlyList<Token>? Added = null, IReadOnlyList<string>? Consumed = null, IReadOnlyList<Token>? Removed = null);

/// <summary>An activity that a container put at the end of the queue.</summary>
/// <param name="Variables">What it and all in it see besides, by name, such as the item of this pass; <see langword="null"/> for nothing.</param>
sealed record ScheduledChild(int Number, string ActivityId, IReadOnlyDictionary<string, JsonElement>? Variables = null);

/// <summary>What travels on a connection of a flowchart.</summary>
/// <param name="From">Id of the activity that emitted it.</param>
/// <param name="Port">The outcome.</param>
/// <param name="To">Id of the activity it is for.</param>
/// <param name="IsBlocking">Not something that arrived: whatever arrives here is swallowed once, since another branch won.</param>
sealed record Token(string From, string Port, string To, bool IsBlocking = false);

/// <summary>What kind of failure an attempt ended with. Persisted by name: append-only.</summary>
enum AttemptFailure
{
    /// <summary>The activity said so.</summary>
    Failed = 0,

    /// <summary>It took longer than its policy allows.</summary>
    TimedOut = 1,

    /// <summary>Something it needs was away; it has a budget of its own.</summary>
    Infrastructure = 2,

    /// <summary>Its worker died.</summary>
    Lost = 3,

    /// <summary>Its worker let the run go while it executed; it counts against no budget.</summary>
    Interrupted = 4,
}
