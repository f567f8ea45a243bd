using System.Threading.Channels;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Workers;

/// <summary>A message to a driver from outside while it waits.</summary>
abstract record RunMessage
{
    /// <summary>An attempt ended.</summary>
    public sealed record AttemptEnded(int Number, ActivityAttempt Attempt, AttemptEnd End) : RunMessage;

    /// <summary>
    /// An attempt that continues adds an event to the journal; <paramref name="Noted"/> completes when the event is durable.
    /// </summary>
    public sealed record Note(RunEvent Happened, TaskCompletionSource Noted) : RunMessage;

    /// <summary>The cancellation of the run was requested.</summary>
    public sealed record Cancel(string Reason) : RunMessage;

    /// <summary>This worker releases the run, so that another one continues it.</summary>
    public sealed record HandOver : RunMessage;

    /// <summary>Another worker has the run.</summary>
    public sealed record LeaseLost : RunMessage;

    /// <summary>Time passed: a retry may be due, log lines may wait.</summary>
    public sealed record Tick : RunMessage;
}

/// <summary>Messages to one driver; it takes them one at a time.</summary>
sealed class RunMailbox(TimeProvider clock)
{
    // A timer takes 49.7 days at most. The receiver of a tick checks what is due and waits again.
    static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    readonly Channel<RunMessage> messages = Channel.CreateUnbounded<RunMessage>(new() { SingleReader = true });

    public bool IsEmpty => !messages.Reader.TryPeek(out _);

    public void Post(RunMessage message) => messages.Writer.TryWrite(message);

    /// <summary>Returns the next message; a <see cref="RunMessage.Tick"/> if none came in time.</summary>
    /// <param name="due">Latest time to stop waiting; null for never.</param>
    public async Task<RunMessage> TakeAsync(DateTimeOffset? due)
    {
        if (messages.Reader.TryRead(out var waiting)) return waiting;
        if (due is not { } moment) return await messages.Reader.ReadAsync(CancellationToken.None);
        var left = moment - clock.GetUtcNow();
        if (left <= TimeSpan.Zero) return new RunMessage.Tick();
        if (left > LongestWait) left = LongestWait;
        using var timeout = new CancellationTokenSource(left, clock);
        try
        {
            return await messages.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            return new RunMessage.Tick();
        }
    }

    /// <summary>Answers the callers that still wait for an answer that will not come.</summary>
    public void Close()
    {
        messages.Writer.TryComplete();
        while (messages.Reader.TryRead(out var message))
            if (message is RunMessage.Note { Noted: var noted }) noted.TrySetCanceled();
    }
}
