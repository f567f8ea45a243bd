using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>One attempt of an activity, as the journal shows it.</summary>
/// <param name="Number">Number of the execution in its run.</param>
/// <param name="Attempt">Counts the attempts of the activity in the whole run.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended; <see langword="null"/> while it executes.</param>
/// <param name="Failure">Kind of its failure, such as <c>TimedOut</c>; <see langword="null"/> for none.</param>
/// <param name="Error">Reason why it failed.</param>
/// <param name="RetryAfter">Wait until the next attempt; <see langword="null"/> for no further attempt.</param>
public sealed record AttemptHistory(
    int Number, int Attempt, DateTimeOffset StartedAt, DateTimeOffset? EndedAt = null, string? Failure = null, RunError? Error = null,
    TimeSpan? RetryAfter = null);

/// <summary>The attempts of some executions, folded from the journal.</summary>
sealed class AttemptHistories : IRunView
{
    readonly List<AttemptHistory> attempts = [];

    /// <summary>Names of the events that begin or end an attempt; the view ignores all others.</summary>
    public static string[] Events { get; } =
    [
        RunEventNames.AttemptStarted, RunEventNames.AttemptFailed, RunEventNames.AttemptCompleted, RunEventNames.ActivityCompleted,
        RunEventNames.ActivityCanceled,
    ];

    /// <summary>Folds entries of a journal.</summary>
    /// <returns>The attempts in the order they began.</returns>
    public static IReadOnlyList<AttemptHistory> Of(IEnumerable<JournalEntry> entries)
    {
        var view = new AttemptHistories();
        foreach (var entry in entries) entry.Event.ApplyTo(view, entry);
        return view.attempts;
    }

    void IRunFold.Apply(AttemptStarted happened, JournalEntry entry) => attempts.Add(new(happened.Number, happened.Attempt, entry.At));

    void IRunFold.Apply(AttemptFailed happened, JournalEntry entry) => End(happened.Number, entry, happened);

    void IRunFold.Apply(AttemptCompleted happened, JournalEntry entry) => End(happened.Number, entry);

    void IRunFold.Apply(ActivityCompleted happened, JournalEntry entry) => End(happened.Number, entry);

    void IRunFold.Apply(ActivityCanceled happened, JournalEntry entry) => End(happened.Number, entry);

    void End(int number, JournalEntry entry, AttemptFailed? why = null)
    {
        // A container completes too, without ever having had an attempt.
        var open = attempts.FindLastIndex(attempt => attempt.Number == number && attempt.EndedAt is null);
        if (open < 0) return;
        attempts[open] = attempts[open] with
        {
            EndedAt = entry.At,
            Failure = why?.Kind.ToString(),
            Error = why?.Error,
            RetryAfter = why?.RetryAfter,
        };
    }
}
