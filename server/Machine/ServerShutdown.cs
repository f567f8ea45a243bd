namespace Orchestrator.Server.Machine;

/// <summary>Signals that stop the server; background services listen to them.</summary>
/// <param name="Drain">Start nothing new; finish running work or hand it over.</param>
/// <param name="Stop">Release everything at once.</param>
public sealed record ServerShutdown(CancellationToken Drain, CancellationToken Stop);
