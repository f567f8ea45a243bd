using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// A workflow definition in Elsa 3's JSON format: a typed view of a document that is kept as it is, so members that this platform does not
/// know survive. Immutable.
/// </summary>
public sealed partial class WorkflowDefinition
{
    internal WorkflowDefinition(JsonElement document, ActivityNode root, IReadOnlyDictionary<string, ActivityNode> activities) =>
        (Document, Root, Activities) = (document, root, activities);

    /// <summary>The document.</summary>
    public JsonElement Document { get; }

    /// <summary>Identity over all versions, such as <c>monthly-sales</c>.</summary>
    public required string DefinitionId { get; init; }

    /// <summary>Name for people; the id if there is none.</summary>
    public required string Name { get; init; }

    /// <summary>Purpose of the workflow, for people.</summary>
    public string? Description { get; init; }

    /// <summary>Version number, from 1.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Variables of the whole workflow.</summary>
    public IReadOnlyList<VariableDefinition> Variables { get; init; } = [];

    /// <summary>Inputs that a run can be started with.</summary>
    public IReadOnlyList<ArgumentDefinition> Inputs { get; init; } = [];

    /// <summary>Outputs of a run.</summary>
    public IReadOnlyList<ArgumentDefinition> Outputs { get; init; } = [];

    /// <summary>The outcomes that a run can complete with; empty for <c>Done</c> alone.</summary>
    public IReadOnlyList<string> Outcomes { get; init; } = [];

    /// <summary>Whether other workflows may use it as an activity (<c>options.usableAsActivity</c>).</summary>
    public bool IsUsableAsActivity { get; init; }

    /// <summary>Group in the designer's toolbox if it is used as an activity; <see langword="null"/> for none of its own.</summary>
    public string? ActivityCategory { get; init; }

    /// <summary>
    /// Whether a run in which an activity failed waits instead of failing (<c>options.incidentStrategyType</c>). Successors of the failed
    /// activity do not execute either way.
    /// </summary>
    public bool ContinuesWithIncidents { get; init; }

    /// <summary>The activity that executes, usually a flowchart.</summary>
    public ActivityNode Root { get; }

    /// <summary>Every activity by id; of two with the same id the first.</summary>
    public IReadOnlyDictionary<string, ActivityNode> Activities { get; }

    /// <summary>
    /// The same activities in the order of work: containers before their contents, and in a flowchart each activity before those that it
    /// leads to, whatever the order in the document.
    /// </summary>
    public IReadOnlyList<ActivityNode> InOrderOfWork => field ??= WorkOrder.Of(this);

    /// <summary>
    /// Reads a definition the way Elsa does: unknown activity types and connections that lead nowhere are accepted.
    /// <see cref="DefinitionValidator"/> finds all problems.
    /// </summary>
    /// <exception cref="InvalidDefinitionException">The text is not JSON, or not of a definition's shape.</exception>
    public static WorkflowDefinition Parse(string json, ActivityRegistry registry) => new DefinitionReader(registry).Read(json);

    /// <summary>Returns the document as JSON text, with unknown properties.</summary>
    public string ToJson() => JsonSerializer.Serialize(Document, DefinitionJson.Indented);

    /// <summary>Returns a copy of the document to change, such as for a new version.</summary>
    public JsonObject ToJsonObject() => JsonObject.Create(Document.Clone())!;
}
