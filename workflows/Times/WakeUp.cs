namespace Orchestrator.Workflows.Times;

/// <summary>Lets one loop sleep until somebody wakes it. Being woken before it sleeps counts, any number of times as once.</summary>
sealed class WakeUp(TimeProvider clock)
{
    volatile TaskCompletionSource call = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Call() => call.TrySetResult();

    /// <summary>Returns when called, when the time has passed, or when the token is cancelled.</summary>
    public async Task SleepAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        await call.Task.WaitAsync(longest, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.Task.IsCompleted) call = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
