using System.Threading.Channels;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Workers;

/// <summary>What reaches a driver from outside while it waits.</summary>
abstract record RunMessage
{
    /// <summary>An attempt ended.</summary>
    public sealed record AttemptEnded(int Number, ActivityAttempt Attempt, AttemptEnd End) : RunMessage;

    /// <summary>An attempt that goes on wants something in the journal; <paramref name="Noted"/> is set when that is durable.</summary>
    public sealed record Note(RunEvent Happened, TaskCompletionSource Noted) : RunMessage;

    /// <summary>The run is to be cancelled.</summary>
    public sealed record Cancel(string Reason) : RunMessage;

    /// <summary>This worker is to let the run go, so that another one goes on with it.</summary>
    public sealed record HandOver : RunMessage;

    /// <summary>Another worker has the run.</summary>
    public sealed record LeaseLost : RunMessage;

    /// <summary>Time passed: a retry may be due, log lines may wait.</summary>
    public sealed record Tick : RunMessage;
}

/// <summary>Messages to one driver; it takes them one at a time.</summary>
sealed class RunMailbox(TimeProvider clock)
{
    // A timer takes 49.7 days at most. Whoever gets a tick looks what is due and waits again.
    static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    readonly Channel<RunMessage> messages = Channel.CreateUnbounded<RunMessage>(new() { SingleReader = true });

    public bool IsEmpty => !messages.Reader.TryPeek(out _);

    public void Post(RunMessage message) => messages.Writer.TryWrite(message);

    /// <summary>The next message; a <see cref="RunMessage.Tick"/> where none came in time.</summary>
    /// <param name="due">When to stop waiting, at the latest; null for never.</param>
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

    /// <summary>Answers whoever still waits for an answer that will not come.</summary>
    public void Close()
    {
        messages.Writer.TryComplete();
        while (messages.Reader.TryRead(out var message))
            if (message is RunMessage.Note { Noted: var noted }) noted.TrySetCanceled();
    }
}
