using Orchestrator.Server.Access;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Server.Elsa;

/// <summary><c>/scripting</c>: what the code editor completes by.</summary>
static class ScriptingEndpoints
{
    public static void Map(RouteGroupBuilder elsa) => elsa.MapPost("/scripting/javascript/type-definitions/{definitionId}", DeclareAsync).RequireAccess(AccessRole.Viewer).ChangesNothing();

    // What the body says, the activity and its input, changes nothing: all scripts of a workflow see the same names.
    static async Task<IResult?> DeclareAsync(string definitionId, DefinitionStore definitions, CancellationToken cancellationToken) =>
        await definitions.ReadAsync(definitionId, VersionOptions.Latest, cancellationToken) is { } definition
            ? Results.Text(ScriptDeclarations.Of(definition), "application/x-typescript")
            : null;
}
