using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Elsa;

/// <summary>An activity with its place in the definition.</summary>
/// <param name="NodeId">Ids on the path to the activity.</param>
/// <param name="Port">The port of its parent that holds it; empty for the root.</param>
/// <param name="Activity">The activity with its children.</param>
public sealed record ActivityPlace(string NodeId, string Port, JsonElement Activity)
{
    /// <summary>Id of the activity.</summary>
    [JsonIgnore]
    public string Id => Activity.GetProperty("id").GetString()!;

    /// <summary>Type of the activity.</summary>
    [JsonIgnore]
    public string Type => Activity.GetProperty("type").GetString()!;

    /// <summary>Name of the activity; <see langword="null"/> for none.</summary>
    [JsonIgnore]
    public string? Name => Activity.TryGetProperty("name", out var name) && name.ValueKind is JsonValueKind.String ? name.GetString() : null;
}

/// <summary>Index of a definition's activities by node id, in the form that the Studio sees.</summary>
sealed class ActivityPlaces(JsonElement root)
{
    /// <summary>Finds an activity; the root if the id is null or unknown.</summary>
    public ActivityPlace Find(string? nodeId) => nodeId is not null && WayTo(nodeId) is [.., var found] ? found : new(NodeIdOf(root), "", root);

    /// <summary>Finds the activities on the path from the root to a node; <see langword="null"/> if the node is unknown.</summary>
    public IReadOnlyList<ActivityPlace>? WayTo(string nodeId)
    {
        var way = new List<ActivityPlace> { new(NodeIdOf(root), "", root) };
        while (way[^1].NodeId != nodeId)
        {
            // Node ids grow with depth: only one child can be on the path.
            if (Inner(way[^1].Activity).FirstOrDefault(place => nodeId == place.NodeId || nodeId.StartsWith($"{place.NodeId}:", StringComparison.Ordinal)) is not { } next) return null;
            way.Add(next);
        }
        return way;
    }

    static IEnumerable<ActivityPlace> Inner(JsonElement activity)
    {
        foreach (var property in activity.EnumerateObject())
            foreach (var found in InnerOf(property.Value, property.NameEquals("activities") ? "" : property.Name)) yield return found;
    }

    static IEnumerable<ActivityPlace> InnerOf(JsonElement value, string port)
    {
        if (value.ValueKind is JsonValueKind.Array) return value.EnumerateArray().SelectMany(item => InnerOf(item, port));
        if (value.ValueKind is not JsonValueKind.Object) return [];
        if (NodeIdOf(value).Length > 0) return [new(NodeIdOf(value), port, value)];
        // A case of a switch holds its activity.
        return value.TryGetProperty("activity", out var inner)
            ? InnerOf(inner, value.TryGetProperty("label", out var label) && label.ValueKind is JsonValueKind.String ? label.GetString()! : port)
            : [];
    }

    static string NodeIdOf(JsonElement activity) =>
        activity.ValueKind is JsonValueKind.Object && activity.TryGetProperty("nodeId", out var id) && id.ValueKind is JsonValueKind.String ? id.GetString()! : "";
}
