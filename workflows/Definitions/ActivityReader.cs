using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Reads the activities of a document.</summary>
sealed class ActivityReader(ActivityRegistry registry)
{
    readonly Dictionary<string, ActivityNode> byId = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ActivityNode> ById => byId;

    public ActivityNode Read(JsonCursor cursor, ActivityNode? parent)
    {
        var type = cursor.RequiredText("type", "the activity's type, such as \"Elsa.WriteLine\"");
        var id = cursor.RequiredText("id", "an id that no other activity of the definition has");
        registry.TryFind(type, out var descriptor);
        var custom = cursor.Object("customProperties");
        var kind = descriptor?.Kind ?? ActivityKind.Action;
        if (kind is ActivityKind.Task) kind = custom?.Flag("runAsynchronously") is true ? ActivityKind.Job : ActivityKind.Action;
        var node = new ActivityNode(id, type, cursor.Json, cursor.Path, parent, descriptor)
        {
            Name = cursor.Text("name"), Version = cursor.Integer("version") ?? 1, Kind = kind, CustomProperties = custom?.Json ?? default,
            Inputs = ReadInputs(cursor, descriptor), OutputTargets = ReadOutputTargets(cursor, descriptor),
            RetryPolicy = custom is { } given ? RetryPolicyReader.Read(given, RetryPolicy.DefaultOf(kind)) : RetryPolicy.DefaultOf(kind),
            MergeMode = MergeModeOf(custom), CanStartWorkflow = custom?.Flag("canStartWorkflow") ?? false,
        };
        byId.TryAdd(id, node);
        if (descriptor is not null) ReadChildren(cursor, node, descriptor);
        return node;
    }

    void ReadChildren(JsonCursor cursor, ActivityNode node, ActivityDescriptor descriptor)
    {
        if (descriptor.IsContainer)
        {
            node.Variables = DefinitionReader.ReadVariables(cursor);
            node.Children = [.. cursor.Objects("activities").Select(child => Read(child, node))];
            if (descriptor.TypeName is ControlActivities.Flowchart) node.Connections = ReadConnections(cursor, node.Children);
        }
        if (descriptor.EmbeddedPorts.Count == 0) return;
        var ports = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var port in descriptor.EmbeddedPorts)
            if (cursor.Object(OnTheWire(port)) is { } inner) ports[port] = Read(inner, node);
        (node.Ports, node.Children) = (ports, [.. node.Children, .. ports.Values]);
    }

    internal static string OnTheWire(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    static Dictionary<string, InputValue> ReadInputs(JsonCursor cursor, ActivityDescriptor? descriptor)
    {
        var inputs = new Dictionary<string, InputValue>(StringComparer.OrdinalIgnoreCase);
        foreach (var input in descriptor?.Inputs ?? [])
        {
            var name = OnTheWire(input.Name);
            if (cursor.Any(name) is not { } value) continue;
            if (!input.IsWrapped) inputs[input.Name] = new(TypeName: null, Expression: null, value);
            else if (!IsWrapped(value)) inputs[input.Name] = new(TypeName: null, new(ExpressionTypes.Literal, value), value);
            else if (cursor.Object(name) is { } wrapped && wrapped.Object("expression") is { } expression)
            {
                inputs[input.Name] = new(wrapped.Text("typeName"),
                    new(expression.RequiredText("type", "the kind of expression, such as \"Literal\""), expression.Json.TryGetProperty("value", out var text) ? text : default), default);
            }
        }
        return inputs;
    }

    /// <summary>A bare value is a literal, as in Elsa; an object with one of these two names is a wrapper.</summary>
    internal static bool IsWrapped(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object && (value.TryGetProperty("expression", out _) || value.TryGetProperty("typeName", out _));

    static Dictionary<string, string> ReadOutputTargets(JsonCursor cursor, ActivityDescriptor? descriptor)
    {
        var targets = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var output in descriptor?.Outputs ?? [])
            if (cursor.Object(OnTheWire(output.Name)) is { } given && given.Object("memoryReference") is { } reference && reference.Text("id") is { Length: > 0 } id)
                targets[output.Name] = id;
        return targets;
    }

    static List<Connection> ReadConnections(JsonCursor flowchart, IReadOnlyList<ActivityNode> children)
    {
        var ends = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var child in children) ends.TryAdd(child.Id, child);
        var connections = new List<Connection>();
        foreach (var connection in flowchart.Objects("connections"))
        {
            var (source, target) = (connection.Object("source"), connection.Object("target"));
            var (sourceId, targetId) = (source?.Text("activity"), target?.Text("activity"));
            var (sourcePort, targetPort) = (source?.Text("port"), target?.Text("port"));
            if (sourceId is not null && targetId is not null && ends.TryGetValue(sourceId, out var from) && ends.TryGetValue(targetId, out var to))
                connections.Add(new(from, sourcePort ?? "Done", to, targetPort ?? "In"));
        }
        return connections;
    }

    static MergeMode MergeModeOf(JsonCursor? custom) =>
        custom?.Any("mergeMode") is { ValueKind: JsonValueKind.String } mode && Enum.TryParse<MergeMode>(mode.GetString(), ignoreCase: true, out var known)
        && Enum.IsDefined(known) ? known : MergeMode.Stream;
}
