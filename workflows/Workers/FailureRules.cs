using System.Globalization;
using System.Net.Sockets;
using Npgsql;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Workers;

/// <summary>The failure of an attempt.</summary>
/// <param name="Kind">The budget that it counts against.</param>
/// <param name="Error">The error to show.</param>
/// <param name="IsRetryable">Whether another attempt may help.</param>
readonly record struct Failure(AttemptFailure Kind, RunError Error, bool IsRetryable);

/// <summary>Classifies exceptions and decides whether another attempt follows: the one place for both.</summary>
static class FailureRules
{
    // Windows and Linux report a full disk differently: ERROR_DISK_FULL, ERROR_HANDLE_DISK_FULL and ENOSPC.
    const int DiskFull = unchecked((int)0x80070070), HandleDiskFull = unchecked((int)0x80070027), NoSpaceOnDevice = 28;

    static readonly RetryPolicy ForInfrastructure = new(int.MaxValue, TimeSpan.FromSeconds(1), 2, TimeSpan.FromSeconds(30), Timeout: null);

    /// <summary>Classifies an exception of an attempt.</summary>
    public static Failure Classify(Exception exception, string activityId) => exception switch
    {
        ActivityFailedException failed when failed.Code.StartsWith("infrastructure.", StringComparison.Ordinal) =>
            new(AttemptFailure.Infrastructure, new(failed.Code, failed.Message, activityId), failed.IsRetryable),
        ActivityFailedException failed => new(AttemptFailure.Failed, new(failed.Code, failed.Message, activityId), failed.IsRetryable),
        AggregateException { InnerExceptions: [var only] } => Classify(only, activityId),
        NpgsqlException fault when StoreOutages.IsOutage(fault) => Infrastructure("infrastructure.postgres", $"PostgreSQL was away: {fault.Message}", activityId),
        IOException { HResult: DiskFull or HandleDiskFull or NoSpaceOnDevice } full =>
            Final("infrastructure.disk_full", $"The disk is full: {full.Message} Free space, then resume the run.", activityId),
        FileNotFoundException or DirectoryNotFoundException or PathTooLongException => Unexpected(exception, activityId),
        SocketException or HttpRequestException => Infrastructure("infrastructure.network", $"A connection failed: {exception.Message}", activityId),
        TimeoutException => Infrastructure("infrastructure.timeout", $"Something did not answer in time: {exception.Message}", activityId),
        IOException => Infrastructure("infrastructure.io", $"Reading or writing failed: {exception.Message}", activityId),
        _ => Unexpected(exception, activityId),
    };

    /// <summary>An attempt took longer than its policy allows.</summary>
    public static Failure TimedOut(string activityId, TimeSpan timeout) => new(AttemptFailure.TimedOut,
        new("activity.timed_out", string.Create(CultureInfo.InvariantCulture, $"The attempt took longer than {timeout}. Raise the activity's timeout where that is normal."), activityId),
        IsRetryable: true);

    /// <summary>
    /// Returns the failure of an attempt whose worker died. An attempt that only waited for its slot had not begun, so it counts against
    /// nothing.
    /// </summary>
    public static Failure Lost(ExecutionState execution, RunOptions options)
    {
        if (execution.AwaitsSlot)
            return new(AttemptFailure.Interrupted, new("run.attempt_not_begun", "The worker died while the attempt waited for a slot of its pool. Another one waits in its place.", execution.ActivityId), IsRetryable: true);
        var before = execution.Failures[(int)AttemptFailure.Lost];
        return before < options.LostAttempts
            ? new(AttemptFailure.Lost, new("run.attempt_lost", "The worker died during the attempt.", execution.ActivityId), IsRetryable: true)
            : new(AttemptFailure.Lost, new("run.attempts_lost", string.Create(CultureInfo.InvariantCulture,
                $"The worker died during {before + 1} attempts of '{execution.ActivityId}', so the activity itself may be what ends it. Look at the machine's memory and disk, then start the run again."),
                execution.ActivityId), IsRetryable: false);
    }

    /// <summary>Returns the error that ends a run whose workers die one after the other; null if the run may continue.</summary>
    public static RunError? Poisoned(RunState state, RunOptions options)
    {
        if (state.Deaths < options.PoisonedAfter) return null;
        var executing = state.Live.Select(number => state[number]).Where(execution => execution.IsAttemptOpen).Select(execution => execution.ActivityId).ToList();
        var when = executing.Count > 0 ? $"while {string.Join(" and ", executing.Select(id => $"'{id}'"))} executed"
            : state.LastCompleted is { } last ? $"while the runtime decided what follows '{last.ActivityId}'"
            : "before anything executed";
        return new("run.poisoned", string.Create(CultureInfo.InvariantCulture,
            $"The worker died {state.Deaths} times in a row {when}, and nothing was finished in between, so the run itself may be what ends it. Look at the machine's memory and disk, then start the run again."),
            executing.FirstOrDefault());
    }

    /// <summary>
    /// Whether an exception of a drive comes from the run itself, so that it would occur again, and not from the store or the machine.
    /// </summary>
    public static bool IsOfRun(Exception fault) => fault is CommitRefusedException
        || (fault is PostgresException refused && JournalWriter.IsRefusal(refused))
        || fault is not (LeaseLostException or NpgsqlException or IOException or SocketException or TimeoutException
            or OperationCanceledException);

    /// <summary>Returns the error that ends a run which cannot be driven any further.</summary>
    /// <param name="activityId">The activity of the last record; <see langword="null"/> for none.</param>
    public static RunError Broken(Exception fault, string? activityId) => fault is CommitRefusedException refused
        ? new(refused.Code, refused.Message, activityId)
        : new("run.broken", $"The run cannot go on{(activityId is null ? "" : $" after '{activityId}'")}: {RunEngine.Sentence(fault)} " +
            "It would fail the same way again. Correct what that activity is given.", activityId);

    /// <summary>Returns the error that ends a run with too many executions.</summary>
    public static RunError TooManyExecutions(string activityId, long executions, RunOptions options) =>
        new("run.too_many_executions", string.Create(CultureInfo.InvariantCulture,
            $"With '{activityId}' the run would have {executions} executions of activities, but {options.MaximumExecutions} are allowed. " +
            $"Look for a loop that never ends, or raise {RunOptions.Section}:{nameof(RunOptions.MaximumExecutions)}."),
        activityId);

    /// <summary>Returns the error of runs that start runs of a workflow too fast.</summary>
    public static RunError TooManyStarts(string definitionId, string activityId, RunOptions options) =>
        new("run.too_many_starts", string.Create(CultureInfo.InvariantCulture,
            $"'{activityId}' would start a run of '{definitionId}', but runs started " +
            $"{options.StartsPerMinute} of it within the last minute already. Look for workflows that start themselves, " +
            $"or raise {RunOptions.Section}:{nameof(RunOptions.StartsPerMinute)}."),
        activityId);

    /// <summary>Returns the failure of an attempt whose worker was asked to stop.</summary>
    public static Failure Interrupted(string activityId) => new(AttemptFailure.Interrupted,
        new("run.attempt_interrupted", "The worker was told to end during the attempt. Another one begins it again.", activityId), IsRetryable: true);

    /// <summary>
    /// The worker of an attempt did not die, but could not write for too long. It counts as a fault of the infrastructure, so that an
    /// activity that starves its own worker is not begun again forever.
    /// </summary>
    public static Failure Dropped(string activityId) => Infrastructure("run.attempt_interrupted",
        "The worker could not reach the store during the attempt, or was paused for longer than its lease. It begins the attempt again.", activityId);

    /// <summary>Wait until the next attempt; <see langword="null"/> if none follows.</summary>
    /// <param name="uniform">A random number from 0 (included) to 1 (excluded).</param>
    public static TimeSpan? DelayAfter(Failure failure, ExecutionState execution, RetryPolicy policy, RunOptions options, double uniform)
    {
        if (!failure.IsRetryable) return null;
        var infrastructure = execution.Failures[(int)AttemptFailure.Infrastructure];
        var own = OwnFailures(execution) + 1;
        return failure.Kind switch
        {
            AttemptFailure.Lost or AttemptFailure.Interrupted => TimeSpan.Zero,
            AttemptFailure.Infrastructure => infrastructure < options.InfrastructureRetries ? ForInfrastructure.DelayAfter(Math.Min(infrastructure + 1, 30), uniform) : null,
            AttemptFailure.Failed or AttemptFailure.TimedOut => own < policy.Attempts ? policy.DelayAfter(own, uniform) : null,
            _ => null,
        };
    }

    /// <summary>Returns the number of failures that count against the activity's retry policy.</summary>
    public static int OwnFailures(ExecutionState execution) => execution.Failures[(int)AttemptFailure.Failed] + execution.Failures[(int)AttemptFailure.TimedOut];

    static Failure Infrastructure(string code, string message, string activityId) => new(AttemptFailure.Infrastructure, new(code, message, activityId), IsRetryable: true);

    static Failure Final(string code, string message, string activityId) => new(AttemptFailure.Failed, new(code, message, activityId), IsRetryable: false);

    static Failure Unexpected(Exception exception, string activityId) =>
        Final("activity.unexpected", $"{exception.GetType().Name}: {exception.Message}", activityId);
}

/// <summary>Random numbers that spread retries over time.</summary>
/// <param name="seed">The same seed gives the same numbers.</param>
public sealed class JitterSource(int seed)
{
    readonly Lock gate = new();
    readonly Random random = new(seed);

    /// <summary>From 0 (included) to 1 (excluded).</summary>
    public double Next()
    {
        lock (gate) return random.NextDouble();
    }
}
