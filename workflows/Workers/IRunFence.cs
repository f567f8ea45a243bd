namespace Orchestrator.Workflows.Workers;

/// <summary>Keeps a worker that lost a run from publishing anything of it: one fence for each place that activities write to.</summary>
/// <remarks>The journal needs none: its commits compare the token themselves.</remarks>
public interface IRunFence
{
    /// <summary>
    /// Called by the worker that takes a run over, before it does anything for it. When it returns, nothing that another worker writes
    /// under an older token becomes visible, and locks that such a worker holds are free.
    /// </summary>
    /// <param name="token">The new worker's token.</param>
    Task RaiseAsync(Guid runId, long token, CancellationToken cancellationToken);
}
