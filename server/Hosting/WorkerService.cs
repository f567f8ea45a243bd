using Orchestrator.Server.Api;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Hosting;

/// <summary>Drives runs in the background.</summary>
sealed class WorkerService(RunWorkers workers, RunFeed feed, ServerOptions options, ServerShutdown shutdown, IHostApplicationLifetime lifetime)
    : BackgroundWork(lifetime)
{
    protected override Task WorkAsync(CancellationToken stoppingToken)
    {
        workers.Observer = feed;
        workers.Roles = [.. options.Roles.Names];
        // Not stoppingToken: it comes when the server has drained already.
        return workers.RunAsync(options.Workers, shutdown.Drain, shutdown.Stop);
    }
}
