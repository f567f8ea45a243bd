using Orchestrator.Server.Api;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Hosting;

/// <summary>Background service that drives runs.</summary>
sealed class WorkerService(RunWorkers workers, RunFeed feed, ServerOptions options, ServerShutdown shutdown, IHostApplicationLifetime lifetime)
    : BackgroundWork(lifetime)
{
    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        workers.Observer = feed;
        workers.Roles = [.. options.Roles.Names];
        // Not stoppingToken, which is canceled only after draining.
        return workers.RunAsync(options.Workers, shutdown.Drain, shutdown.Stop);
    }
}
