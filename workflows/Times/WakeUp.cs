namespace Orchestrator.Workflows.Times;

/// <summary>Lets one loop sleep until it is woken. A call before the sleep counts too, and several calls count as one.</summary>
sealed class WakeUp(TimeProvider clock)
{
    volatile TaskCompletionSource call = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Call() => call.TrySetResult();

    /// <summary>Returns when called, when the time has passed, or when the token is canceled.</summary>
    public async Task SleepAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        await call.Task.WaitAsync(longest, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.Task.IsCompleted) call = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
