using Orchestrator.Server.Access;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// The part of the Elsa 3 server API that Elsa Studio needs. Results are written as Elsa writes them: <see langword="null"/> is 404 with
/// an empty body. Elsa's permissions are roles here: <c>read:*</c> viewer, <c>exec:*</c> and <c>cancel:*</c> operator, <c>write: publish:
/// retract: delete:*</c> author.
/// </summary>
static class ElsaRoutes
{
    /// <summary>Root path of the Elsa API, the Studio's <c>remote-endpoint</c>.</summary>
    public const string Root = "/elsa/api";

    /// <summary>Maps the Elsa API.</summary>
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
