using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// One end of a connection: an object of its own, or, as Elsa's older versions wrote it, two properties of the connection.
/// </summary>
readonly record struct ConnectionEnd(JsonCursor Owner, string ActivityProperty, string PortProperty)
{
    public string? ActivityId => Owner.Text(ActivityProperty);

    public string? Port => Owner.Text(PortProperty) is { Length: > 0 } port ? port : null;

    public static ConnectionEnd? Find(JsonCursor connection, string end) =>
        connection.Any(end) is { ValueKind: JsonValueKind.String } ? new(connection, end, $"{end}Port")
        : connection.Object(end) is { } found ? new(found, "activity", "port") : null;

    /// <summary>Reads the connections of a flowchart; those from or to an activity that is not in it are left out.</summary>
    public static List<Connection> ReadConnections(JsonCursor flowchart, IReadOnlyList<ActivityNode> children)
    {
        var ends = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var child in children) ends.TryAdd(child.Id, child);
        var connections = new List<Connection>();
        foreach (var connection in flowchart.Objects("connections"))
        {
            var (source, target) = (Find(connection, "source"), Find(connection, "target"));
            var (sourceId, targetId, sourcePort, targetPort) = (source?.ActivityId, target?.ActivityId, source?.Port, target?.Port);
            if (sourceId is not null && targetId is not null
                && ends.TryGetValue(sourceId, out var from) && ends.TryGetValue(targetId, out var to))
                connections.Add(new(from, sourcePort ?? "Done", to, targetPort ?? "In"));
        }
        return connections;
    }
}
