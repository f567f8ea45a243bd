using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Elsa;

/// <summary>An activity and where it stands.</summary>
/// <param name="NodeId">The ids of the way to it.</param>
/// <param name="Port">The port of its parent that holds it; empty for the root.</param>
/// <param name="Activity">The activity with all that is in it.</param>
public sealed record ActivityPlace(string NodeId, string Port, JsonElement Activity)
{
    /// <summary>Its id.</summary>
    [JsonIgnore]
    public string Id => Activity.GetProperty("id").GetString()!;

    /// <summary>Its type.</summary>
    [JsonIgnore]
    public string Type => Activity.GetProperty("type").GetString()!;

    /// <summary>Its name; <see langword="null"/> for none.</summary>
    [JsonIgnore]
    public string? Name => Activity.TryGetProperty("name", out var name) && name.ValueKind is JsonValueKind.String ? name.GetString() : null;
}

/// <summary>Finds activities of a definition by their node ids, in the form that the Studio sees.</summary>
sealed class ActivityPlaces(JsonElement root)
{
    /// <summary>An activity; the root where nothing is named or nothing is there.</summary>
    public ActivityPlace Find(string? nodeId) => nodeId is not null && WayTo(nodeId) is [.., var found] ? found : new(NodeIdOf(root), "", root);

    /// <summary>The activities from the root to one; <see langword="null"/> where it is not there.</summary>
    public IReadOnlyList<ActivityPlace>? WayTo(string nodeId)
    {
        var way = new List<ActivityPlace> { new(NodeIdOf(root), "", root) };
        while (way[^1].NodeId != nodeId)
        {
            // Ids are longer the deeper: of all that is inside only one can be on the way.
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
