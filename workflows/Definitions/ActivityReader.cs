using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Reads the activities of a document.</summary>
sealed class ActivityReader(ActivityRegistry registry)
{
    readonly Dictionary<string, ActivityNode> byId = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ActivityNode> ById => byId;

    /// <summary>Reads the root and everything in it without recursion: the depth of nested activities must not matter.</summary>
    public ActivityNode Read(JsonCursor root)
    {
        var read = ReadAlone(root, parent: null);
        var open = new Stack<(JsonCursor Cursor, ActivityNode Node)>([(root, read)]);
        while (open.TryPop(out var next))
        {
            byId.TryAdd(next.Node.Id, next.Node);
            var children = ReadChildren(next.Cursor, next.Node);
            for (var i = children.Count - 1; i >= 0; i--) open.Push(children[i]);
        }
        return read;
    }

    ActivityNode ReadAlone(JsonCursor cursor, ActivityNode? parent)
    {
        var type = cursor.RequiredText("type", "the activity's type, such as \"Elsa.WriteLine\"");
        var id = cursor.RequiredText("id", "an id that no other activity of the definition has");
        var descriptor = registry.Find(type, cursor.Json);
        var custom = cursor.Object("customProperties");
        var kind = descriptor?.Kind ?? ActivityKind.Action;
        if (kind is ActivityKind.Task) kind = custom?.Flag("runAsynchronously") is true ? ActivityKind.Job : ActivityKind.Action;
        return new ActivityNode(id, type, cursor.Json, cursor.Path, parent, descriptor)
        {
            Name = cursor.Text("name"), Version = cursor.Integer("version") ?? 1, Kind = kind, CustomProperties = custom?.Json ?? default,
            Inputs = ReadInputs(cursor, descriptor), OutputTargets = ReadOutputTargets(cursor, descriptor),
            RetryPolicy = custom is { } given ? RetryPolicyReader.Read(given, RetryPolicy.DefaultOf(kind)) : RetryPolicy.DefaultOf(kind),
            Pool = PoolOf(custom, descriptor), MergeMode = descriptor?.Control?.ReadMergeMode(cursor) ?? MergeModeOf(custom),
            CanStartWorkflow = custom?.Flag("canStartWorkflow") ?? false,
            IsContainer = descriptor is { ClassType: null } && (descriptor.IsContainer || descriptor.EmbeddedPorts.Count > 0), Outcomes = descriptor?.Outcomes,
        };
    }

    List<(JsonCursor Cursor, ActivityNode Node)> ReadChildren(JsonCursor cursor, ActivityNode node)
    {
        var children = new List<(JsonCursor Cursor, ActivityNode Node)>();
        if (node.Descriptor is not { } descriptor) return children;
        if (descriptor.IsContainer)
        {
            node.Variables = DefinitionReader.ReadVariables(cursor);
            children.AddRange(cursor.Objects("activities").Select(child => (child, ReadAlone(child, node))));
        }
        var ports = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        foreach (var port in descriptor.EmbeddedPorts)
        {
            if (cursor.Object(OnTheWire(port)) is not { } inner) continue;
            ports[port] = ReadAlone(inner, node);
            children.Add((inner, ports[port]));
        }
        var cases = new List<SwitchCase>();
        foreach (var (label, condition, cursorOfCase) in descriptor.Control?.ReadCases(cursor) ?? [])
        {
            var inner = cursorOfCase.Object("activity") is { } found ? (Cursor: found, Node: ReadAlone(found, node)) : default;
            if (inner.Node is not null) children.Add(inner);
            cases.Add(new(label, condition, inner.Node));
        }
        node.Cases = cases;
        if (descriptor.Control is { } control) node.Outcomes = control.OutcomesOf(node);
        (node.Ports, node.Children) = (ports, children.ConvertAll(child => child.Node));
        if (node.HasAttempts) node.IsContainer = children.Count > 0;
        for (var i = 0; i < children.Count; i++) children[i].Node.Position = i;
        descriptor.Control?.Read(cursor, node);
        return children;
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

    // Only activities with effects outside have attempts, and with them slots.
    static string? PoolOf(JsonCursor? custom, ActivityDescriptor? descriptor) =>
        descriptor?.ClassType is not null && (custom?.Text("pool") ?? descriptor.Pool) is { Length: > 0 } pool && Pool.IsName(pool) && !Pool.IsOfRuns(pool) ? pool : null;

    static MergeMode MergeModeOf(JsonCursor? custom) =>
        custom?.Any("mergeMode") is { ValueKind: JsonValueKind.String } mode && MergeModes.TryParse(mode.GetString()!, out var known)
            ? known : MergeMode.Stream;
}
