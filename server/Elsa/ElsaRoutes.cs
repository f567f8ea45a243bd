using Orchestrator.Server.Access;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// The part of the Elsa 3 server API that Elsa Studio needs. What a handler returns is written as Elsa writes it: <see langword="null"/> is 404 with an empty
/// body. Elsa's permissions are roles here: <c>read:*</c> viewer, <c>exec:*</c> and <c>cancel:*</c> operator, <c>write: publish: retract: delete:*</c> author.
/// </summary>
static class ElsaRoutes
{
    /// <summary>Where the API begins: the Studio's <c>remote-endpoint</c>.</summary>
    public const string Root = "/elsa/api";

    /// <summary>Adds it.</summary>
    public static void MapElsa(this IEndpointRouteBuilder app)
    {
        var elsa = app.MapGroup(Root).ExcludeFromDescription();
        elsa.AddEndpointFilter(static async (context, next) => await next(context) switch
        {
            null => Results.NotFound(),
            IResult result => result,
            var answer => Results.Json(answer, ElsaJson.Options),
        });
        DefinitionEndpoints.Map(elsa);
        DefinitionChangeEndpoints.Map(elsa);
        DefinitionFileEndpoints.Map(elsa);
        DescriptorEndpoints.Map(elsa);
        ScriptingEndpoints.Map(elsa);
        StrategyEndpoints.Map(elsa);
        InstanceEndpoints.Map(elsa);
        InstanceBulkEndpoints.Map(elsa);
        JournalEndpoints.Map(elsa);
        ExecuteEndpoints.Map(elsa);
        FeatureEndpoints.Map(elsa);
        app.MapHub<InstanceHub>(InstanceHub.Path).RequireAccess(AccessRole.Viewer).DisableRequestTimeout().ExcludeFromDescription();
    }
}
