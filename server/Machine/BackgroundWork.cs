namespace Orchestrator.Server.Machine;

/// <summary>Work that a server does in the background. It begins when the server listens: a server that cannot start has taken no run.</summary>
abstract class BackgroundWork(IHostApplicationLifetime lifetime) : BackgroundService
{
    /// <summary>Works until the token ends it.</summary>
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
