using Microsoft.AspNetCore.SignalR;

namespace Orchestrator.Server.Elsa;

/// <summary>Client of the hub: methods that the server calls on watchers of a run. Public, since SignalR implements it.</summary>
public interface IInstanceClient
{
    /// <summary>Reports changed badges.</summary>
    Task ActivityExecutionLogUpdatedAsync(ReportResponse changed);

    /// <summary>Reports that the journal grew.</summary>
    Task WorkflowExecutionLogUpdatedAsync(object nothing);

    /// <summary>Reports that the run changed.</summary>
    Task WorkflowInstanceUpdatedAsync(InstanceUpdated changed);
}

/// <summary>Message about a run that changed.</summary>
public sealed record InstanceUpdated(string WorkflowInstanceId);

/// <summary><c>/elsa/hubs/workflow-instance</c>: live updates of runs.</summary>
sealed class InstanceHub(InstanceUpdates updates) : Hub<IInstanceClient>
{
    /// <summary>Path of the hub.</summary>
    public const string Path = "/elsa/hubs/workflow-instance";

    const string Watched = "runs";

    /// <summary>Watches a run until the connection ends.</summary>
    /// <exception cref="HubException">There is no such run; the message is a stock server's.</exception>
    public async Task ObserveInstanceAsync(string instanceId)
    {
        if (!Guid.TryParse(instanceId, out var run) || !await updates.IsThereAsync(run, Context.ConnectionAborted)) throw new HubException("Access denied.");
        var watched = (HashSet<Guid>)(Context.Items[Watched] ??= new HashSet<Guid>());
        lock (watched)
            if (!watched.Add(run)) return;
        await Groups.AddToGroupAsync(Context.ConnectionId, InstanceId.Of(run), Context.ConnectionAborted);
        updates.Watch(run);
    }

    /// <inheritdoc/>
    public override Task OnDisconnectedAsync(Exception? exception)
    {
        if (Context.Items.TryGetValue(Watched, out var found) && found is HashSet<Guid> watched)
            foreach (var run in watched) updates.Leave(run);
        return base.OnDisconnectedAsync(exception);
    }
}
