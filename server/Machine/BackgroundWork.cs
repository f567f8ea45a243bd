namespace Orchestrator.Server.Machine;

/// <summary>Background service of the server. It begins when the server listens, so a server that cannot start claims no run.</summary>
abstract class BackgroundWork(IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>Runs until the token is canceled.</summary>
    protected abstract Task WorkAsync(CancellationToken stoppingToken);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var listens = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var started = lifetime.ApplicationStarted.UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), listens);
        await listens.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (listens.Task.IsCompletedSuccessfully) await WorkAsync(stoppingToken);
    }
}
