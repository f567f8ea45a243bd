using Microsoft.AspNetCore.SignalR;

namespace Orchestrator.Server.Elsa;

/// <summary>What the server calls on those who watch a run. Public, since SignalR implements it.</summary>
public interface IInstanceClient
{
    /// <summary>Badges changed.</summary>
    Task ActivityExecutionLogUpdatedAsync(ReportResponse changed);

    /// <summary>The journal got longer.</summary>
    Task WorkflowExecutionLogUpdatedAsync(object nothing);

    /// <summary>The run changed.</summary>
    Task WorkflowInstanceUpdatedAsync(InstanceUpdated changed);
}

/// <summary>Which run changed.</summary>
public sealed record InstanceUpdated(string WorkflowInstanceId);

/// <summary><c>/elsa/hubs/workflow-instance</c>: runs as they happen.</summary>
sealed class InstanceHub(InstanceUpdates updates) : Hub<IInstanceClient>
{
    /// <summary>Its address.</summary>
    public const string Path = "/elsa/hubs/workflow-instance";

    const string Watched = "runs";

    /// <summary>Watches a run until the connection ends.</summary>
    /// <exception cref="HubException">There is no such run, as a stock server says it.</exception>
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
