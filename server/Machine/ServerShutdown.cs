namespace Orchestrator.Server.Machine;

/// <summary>How the server is asked to end; services in the background listen to it.</summary>
/// <param name="Drain">Begin nothing new; finish what runs, or hand it over.</param>
/// <param name="Stop">Let go of everything at once.</param>
public sealed record ServerShutdown(CancellationToken Drain, CancellationToken Stop);
