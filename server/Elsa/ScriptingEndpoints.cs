using Orchestrator.Server.Access;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Server.Elsa;

/// <summary><c>/scripting</c>: declarations for completion in the code editor.</summary>
static class ScriptingEndpoints
{
    public static void Map(RouteGroupBuilder elsa) => elsa.MapPost("/scripting/javascript/type-definitions/{definitionId}", DeclareAsync).RequireAccess(AccessRole.Viewer).ChangesNothing();

    // The body (activity and input) is ignored: all scripts of a workflow see the same names.
    static async Task<IResult?> DeclareAsync(string definitionId, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await definitions.ReadAsync(definitionId, VersionOptions.Latest, cancellationToken) is { } definition
            ? Results.Text(ScriptDeclarations.Of(definition), "application/x-typescript")
            : null;
}
