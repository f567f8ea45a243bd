using Orchestrator.Server.Access;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// <c>/descriptors/*</c> that list choices. Choices without effect here are not offered: the runtime always commits at once and logs
/// everything.
/// </summary>
static class StrategyEndpoints
{
    public static void Map(RouteGroupBuilder elsa)
    {
        var descriptors = elsa.MapGroup("/descriptors").RequireAccess(AccessRole.Viewer);
        descriptors.MapGet("/workflow-activation-strategies", static () => Activation);
        descriptors.MapGet("/incident-strategies", static () => Incidents);
        descriptors.MapGet("/storage-drivers", static () => Storage);
        descriptors.MapGet("/log-persistence-strategies", static () => None);
        descriptors.MapGet("/commit-strategies/workflows", static () => None);
        descriptors.MapGet("/commit-strategies/activities", static () => None);
        descriptors.MapGet("/variables", static () => Variables);
        descriptors.MapGet("/output-converters", Converters);
    }

    static ElsaList<StrategyDescriptor> None { get; } = new([]);

    static ElsaList<StrategyDescriptor> Activation { get; } = new(
        [new("Elsa.Workflows.ActivationValidators.AllowAlwaysStrategy, Elsa.Workflows.Core", "Always", "Always allow the creation of a new workflow instance.")]);

    static ElsaList<StrategyDescriptor> Incidents { get; } = new(
    [
        new("ContinueWithIncidentsStrategy", "Continue with incidents", "An incident strategy that allows the workflow to continue running, but with incidents."),
        new("FaultStrategy", "Fault", "An incident strategy that puts the entire workflow in the Faulted state."),
    ]);

    // Variables always survive suspensions and workers, whatever a definition says.
    static ElsaList<StorageDriverDescriptor> Storage { get; } = new([new("Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core", "Workflow Instance", Priority: 5)]);

    static ElsaList<VariableTypeDescriptor> Variables { get; } = new([.. TypeNames.All.Select(name => new VariableTypeDescriptor(name, name, CategoryOf(name)))]);

    static string CategoryOf(string type) => type switch
    {
        "ObjectDictionary" or "StringDictionary" => "Lookups",
        "JsonElement" or "JsonNode" or "JsonObject" or "JsonArray" => "Dynamic",
        _ => "Primitives",
    };

    static ElsaList<StrategyDescriptor> Converters(string? sourceType, string? destinationType)
    {
        string[] missing =
        [
            .. string.IsNullOrWhiteSpace(sourceType) ? ["The sourceType query parameter is required."] : Array.Empty<string>(),
            .. string.IsNullOrWhiteSpace(destinationType) ? ["The destinationType query parameter is required."] : Array.Empty<string>(),
        ];
        return missing.Length == 0 ? None : throw ElsaProblems.Refused(missing);
    }
}

/// <summary>A strategy to choose.</summary>
public sealed record StrategyDescriptor(string TypeName, string DisplayName, string Description);

/// <summary>A place where variables are kept.</summary>
public sealed record StorageDriverDescriptor(string TypeName, string DisplayName, double Priority)
{
    /// <summary>Whether the driver is deprecated.</summary>
    public bool Deprecated => false;
}

/// <summary>A type that a variable can have.</summary>
public sealed record VariableTypeDescriptor(string TypeName, string DisplayName, string Category)
{
    /// <summary>Description in one sentence; empty for none.</summary>
    public string Description => "";
}
