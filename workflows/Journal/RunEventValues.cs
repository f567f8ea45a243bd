using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>The trigger that started a run, other than a person or a schedule.</summary>
/// <param name="ActivityId">The activity of the run that waited for it; it completes at once.</param>
/// <param name="Payload">Payload of the event; <see langword="null"/> for none.</param>
sealed record Trigger(string ActivityId, JsonElement? Payload = null);

/// <summary>
/// A run that an activity starts. Its id follows from that of the run and the number of the execution, so that starting it twice gives one.
/// </summary>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Inputs">Input name → value; <see langword="null"/> for none.</param>
/// <param name="CorrelationId">Correlation id; <see langword="null"/> for none.</param>
/// <param name="IsAwaited">Whether the activity waits for its end.</param>
sealed record ChildRun(string DefinitionId, IReadOnlyDictionary<string, JsonElement>? Inputs, string? CorrelationId, bool IsAwaited);

/// <summary>Changes of the tokens of a flowchart, in this order: consumed, removed, added.</summary>
/// <param name="Added">Tokens that are there besides; <see langword="null"/> for none.</param>
/// <param name="Consumed">Ids of activities that used up all that had arrived for them; <see langword="null"/> for none.</param>
/// <param name="Removed">Tokens of which one each is removed; <see langword="null"/> for none.</param>
sealed record TokenChanges(IReadOnlyList<Token>? Added = null, IReadOnlyList<string>? Consumed = null, IReadOnlyList<Token>? Removed = null);

/// <summary>An activity that a container added to the queue.</summary>
/// <param name="Variables">Further values that only it and everything in it see, by name, such as the item of this pass;
/// <see langword="null"/> for none.</param>
sealed record ScheduledChild(int Number, string ActivityId, IReadOnlyDictionary<string, JsonElement>? Variables = null);

/// <summary>A token that travels on a connection of a flowchart.</summary>
/// <param name="From">Id of the activity that emitted it.</param>
/// <param name="Port">The outcome.</param>
/// <param name="To">Id of the target activity.</param>
/// <param name="IsBlocking">Whether it blocks: the next arrival here is dropped once, since another branch won.</param>
sealed record Token(string From, string Port, string To, bool IsBlocking = false);

/// <summary>Kinds of failures of an attempt. Persisted by name: append-only.</summary>
enum AttemptFailure
{
    /// <summary>The activity reported a failure.</summary>
    Failed = 0,

    /// <summary>The attempt took longer than its policy allows.</summary>
    TimedOut = 1,

    /// <summary>Something that the attempt needs was unavailable; such failures have a budget of their own.</summary>
    Infrastructure = 2,

    /// <summary>The attempt's worker died.</summary>
    Lost = 3,

    /// <summary>The worker released the run while the attempt executed; this counts against no budget.</summary>
    Interrupted = 4,
}
