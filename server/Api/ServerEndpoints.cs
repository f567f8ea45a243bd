using Orchestrator.Activities.Store;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Api;

/// <summary>The server itself.</summary>
/// <param name="Version">Version of the platform.</param>
/// <param name="Store">Address of the object store; keys of files lie below it.</param>
/// <param name="Roles">Roles of this process.</param>
public sealed record ServerResponse(string Version, string Store, IReadOnlyList<string> Roles);

/// <summary><c>/server</c>.</summary>
static class ServerEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/server", Show)
        .RequireAccess(AccessRole.Viewer)
        .WithTags("Server").WithName("showServer").WithSummary("The server: its version, its object store and the roles of this process.");

    static ServerResponse Show(ServerOptions options, IObjectStore objects) =>
        new(typeof(ServerEndpoints).Assembly.GetName().Version!.ToString(3), objects.Root.AbsoluteUri, [.. options.Roles.Names]);
}
