using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// A workflow definition in Elsa 3's JSON format: a typed view of a document that is kept as it is, so what this platform does not
/// know survives. Immutable.
/// </summary>
public sealed partial class WorkflowDefinition
{
    internal WorkflowDefinition(JsonElement document, ActivityNode root, IReadOnlyDictionary<string, ActivityNode> activities) =>
        (Document, Root, Activities) = (document, root, activities);

    /// <summary>The document.</summary>
    public JsonElement Document { get; }

    /// <summary>Identity over all versions, such as <c>monthly-sales</c>.</summary>
    public required string DefinitionId { get; init; }

    /// <summary>Name for people; the id where there is none.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public string? Description { get; init; }

    /// <summary>From 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Variables of the whole workflow.</summary>
    public IReadOnlyList<VariableDefinition> Variables { get; init; } = [];

    /// <summary>What a run can be started with.</summary>
    public IReadOnlyList<ArgumentDefinition> Inputs { get; init; } = [];

    /// <summary>What a run gives back.</summary>
    public IReadOnlyList<ArgumentDefinition> Outputs { get; init; } = [];

    /// <summary>The outcomes that a run can complete with; empty for <c>Done</c> alone.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>Whether other workflows may use it as an activity (<c>options.usableAsActivity</c>).</summary>
    public bool IsUsableAsActivity { get; init; }

    /// <summary>Group in the designer's toolbox where it is used as an activity; <see langword="null"/> for none of its own.</summary>
    public string? ActivityCategory { get; init; }

    /// <summary>
    /// Whether a run in which an activity failed waits instead of failing (<c>options.incidentStrategyType</c>). What follows the failed activity
    /// does not execute either way.
    /// </summary>
    public bool ContinuesWithIncidents { get; init; }

    /// <summary>What executes, mostly a flowchart.</summary>
    public ActivityNode Root { get; }

    /// <summary>Every activity by id; of two with the same id the first.</summary>
    public IReadOnlyDictionary<string, ActivityNode> Activities { get; }

    /// <summary>
    /// The same ones in the order of work: containers before what is in them, and in a flowchart what leads to others before those,
    /// whatever the order in the document.
    /// </summary>
    public IReadOnlyList<ActivityNode> InOrderOfWork => field ??= WorkOrder.Of(this);

    /// <summary>Reads a definition the way Elsa does: unknown activity types and connections that lead nowhere are accepted. For all that is wrong see <see cref="DefinitionValidator"/>.</summary>
    /// <exception cref="InvalidDefinitionException">The text is not JSON, or not of a definition's shape.</exception>
    public static WorkflowDefinition Parse(string json, ActivityRegistry registry) => new DefinitionReader(registry).Read(json);

    /// <summary>The document as JSON text, unknown properties and all.</summary>
    public string ToJson() => JsonSerializer.Serialize(Document, DefinitionJson.Indented);

    /// <summary>A copy of the document to change, such as for a new version.</summary>
    public JsonObject ToJsonObject() => JsonObject.Create(Document.Clone())!;
}
