using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>One activity of a workflow definition.</summary>
public sealed class ActivityNode
{
    internal ActivityNode(string id, string type, JsonElement json, JsonPath path, ActivityNode? parent, ActivityDescriptor? descriptor) =>
        (Id, Type, Json, Path, Parent, Descriptor) = (id, type, json, path, parent, descriptor);

    /// <summary>Unique in the definition, such as <c>GenerateSales1</c>.</summary>
    public string Id { get; }

    /// <summary>The ids from the workflow down to it: <c>Workflow1:flowchart1:WriteLine1</c>.</summary>
    public string NodeId => field ??= $"{Parent?.NodeId ?? "Workflow1"}:{Id}";

    /// <summary>Name of the activity type, such as <c>Orchestrator.GenerateSales</c>.</summary>
    public string Type { get; }

    /// <summary>
    /// Descriptor of the activity's type; <see langword="null"/> if the registry does not have the type, so that the activity cannot
    /// execute.
    /// </summary>
    public ActivityDescriptor? Descriptor { get; }

    /// <summary>The rules of a control activity; <see langword="null"/> for all others.</summary>
    internal ControlActivity? Control => Descriptor?.Control;

    /// <summary>Version of the activity type that the definition was made with.</summary>
    public int Version { get; internal init; } = 1;

    /// <summary>Name that a person gave it.</summary>
    public string? Name { get; internal init; }

    /// <summary>The container that holds it; <see langword="null"/> for the root.</summary>
    public ActivityNode? Parent { get; }

    /// <summary>
    /// Scheduling of the activity by the runtime; <c>customProperties.runAsynchronously</c> decides for <see cref="ActivityKind.Task"/>.
    /// </summary>
    public ActivityKind Kind { get; internal init; }

    /// <summary>Property name of the input, such as <c>Rows</c> → what the definition gives it. Case does not matter.</summary>
    public IReadOnlyDictionary<string, InputValue> Inputs { get; internal init; } = new Dictionary<string, InputValue>();

    /// <summary>Property name of the output, such as <c>Staged</c> → id of the variable that takes it. Case does not matter.</summary>
    public IReadOnlyDictionary<string, string> OutputTargets { get; internal init; } = new Dictionary<string, string>();

    /// <summary>Notes of people and tools on the activity; <see cref="JsonValueKind.Undefined"/> if there are none.</summary>
    public JsonElement CustomProperties { get; internal init; }

    /// <summary>Policy for the retries of the activity.</summary>
    public RetryPolicy RetryPolicy { get; internal init; } = RetryPolicy.ForInline;

    /// <summary>
    /// The pool of which it takes a slot while it executes: <c>customProperties.pool</c>, otherwise that of its type;
    /// <see langword="null"/> for none, which empty text means as well.
    /// </summary>
    public string? Pool { get; internal init; }

    /// <summary>
    /// Way in which a flowchart starts the activity if several connections lead to it; <see cref="MergeMode.Stream"/> by default.
    /// </summary>
    public MergeMode MergeMode { get; internal init; }

    /// <summary>Whether a person marked it as the one a flowchart starts with.</summary>
    public bool CanStartWorkflow { get; internal init; }

    /// <summary>Variables that a container declares for its contents.</summary>
    public IReadOnlyList<VariableDefinition> Variables { get; internal set; } = [];

    /// <summary>The activities in it, in document order: of a container its list, of <c>Elsa.If</c> its branches.</summary>
    public IReadOnlyList<ActivityNode> Children { get; internal set; } = [];

    /// <summary>Place among the activities of its container, from 0.</summary>
    internal int Position { get; set; }

    /// <summary>Whether the runtime executes activities inside it.</summary>
    internal bool IsContainer { get; set; }

    /// <summary>The outcomes that connections can start from; <see langword="null"/> if they are known only when it executes.</summary>
    public IReadOnlyList<string>? Outcomes { get; internal set; }

    /// <summary>Of a switch: its cases, in document order.</summary>
    public IReadOnlyList<SwitchCase> Cases { get; internal set; } = [];

    /// <summary>Whether it has attempts before the activities inside it: it makes a request, and they follow the response.</summary>
    internal bool HasAttempts => Descriptor?.ClassType is not null;

    /// <summary>Every expression that is evaluated for it: those of its inputs, and of a switch the conditions of its cases.</summary>
    internal IEnumerable<Expression> Expressions =>
        Inputs.Values.Select(input => input.Expression).Concat(Cases.Select(one => one.Condition)).OfType<Expression>();

    /// <summary>
    /// Returns the inner activity that follows an outcome: that of a case, otherwise that of a port, whose name has no spaces.
    /// </summary>
    internal ActivityNode? InnerOf(string outcome) =>
        Cases.FirstOrDefault(one => one.Label == outcome)?.Activity
        ?? Ports.FirstOrDefault(port => string.Equals(port.Key, outcome.Replace(" ", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>Whether something follows an outcome.</summary>
    internal bool HasWayFor(string outcome) => InnerOf(outcome) is not null
        || Parent?.Connections.Any(connection => ReferenceEquals(connection.Source, this) && connection.SourcePort == outcome) is true;

    /// <summary>Inner activity by port, such as <c>Then</c>.</summary>
    public IReadOnlyDictionary<string, ActivityNode> Ports { get; internal set; } = new Dictionary<string, ActivityNode>();

    /// <summary>
    /// Of a flowchart: its connections, in document order. Those from or to an activity that does not exist are left out, as Elsa does.
    /// </summary>
    public IReadOnlyList<Connection> Connections { get; internal set; } = [];

    /// <summary>Path of the activity in the document.</summary>
    public JsonPath Path { get; }

    /// <summary>JSON of the activity in the document.</summary>
    public JsonElement Json { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Type} '{Id}'";
}

/// <summary>One case of a switch.</summary>
/// <param name="Label">Its name; of <c>Elsa.FlowSwitch</c> the outcome that it leads to.</param>
/// <param name="Condition">Condition under which it counts; <see langword="null"/> for never.</param>
/// <param name="Activity">Of <c>Elsa.Switch</c>: the activity that executes; <see langword="null"/> for none.</param>
public sealed record SwitchCase(string Label, Expression? Condition, ActivityNode? Activity);

/// <summary>A connection of a flowchart: when the source completes with the outcome, the target is next.</summary>
/// <param name="Source">The activity it starts at.</param>
/// <param name="SourcePort">The outcome; <c>Done</c> by default.</param>
/// <param name="Target">The activity it leads to.</param>
/// <param name="TargetPort"><c>In</c> by default.</param>
public sealed record Connection(ActivityNode Source, string SourcePort, ActivityNode Target, string TargetPort);

/// <summary>Ways in which a flowchart starts an activity that several connections lead to (<c>customProperties.mergeMode</c>).</summary>
public enum MergeMode
{
    /// <summary>Does not wait for branches that have not arrived yet.</summary>
    Stream = 0,

    /// <summary>Waits for every forward connection.</summary>
    Merge = 1,

    /// <summary>Waits for every connection, backward ones too.</summary>
    Converge = 2,

    /// <summary>Starts with the first that arrives and cancels the others.</summary>
    Race = 3,

    /// <summary>Starts once for each branch that arrives.</summary>
    Cascade = 4,
}

/// <summary>Names of <see cref="MergeMode"/> in definitions.</summary>
static class MergeModes
{
    /// <summary>No mode, as earlier designers wrote it; Elsa treats it like a missing one.</summary>
    const string None = "None";

    /// <summary>Returns all modes that can be written.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<MergeMode>(), None];

    /// <summary>Reads a mode; case does not matter.</summary>
    public static bool TryParse(string text, out MergeMode mode)
    {
        mode = MergeMode.Stream;
        return text.Equals(None, StringComparison.OrdinalIgnoreCase)
            || (Names.Contains(text, StringComparer.OrdinalIgnoreCase) && Enum.TryParse(text, ignoreCase: true, out mode));
    }
}
