namespace Orchestrator.Server.Api;

/// <summary>All addresses of the API.</summary>
static class ApiRoutes
{
    /// <summary>Root path of the API.</summary>
    public const string Root = "/api/v1";

    /// <summary>Maps all endpoints of the API.</summary>
    public static void MapApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup(Root).CheckParameters();
        ServerEndpoints.Map(api);
        WorkflowEndpoints.Map(api);
        RunEndpoints.Map(api);
        RerunEndpoints.Map(api);
        AssetEndpoints.Map(api);
        MartEndpoints.Map(api);
        PoolEndpoints.Map(api);
        WorkerEndpoints.Map(api);
        VacuumEndpoints.Map(api);
        AccessEndpoints.Map(api);
        UserEndpoints.Map(api);
        TokenEndpoints.Map(api);
        SecretEndpoints.Map(api);
        ScheduleEndpoints.Map(api);
        OccurrenceEndpoints.Map(api);
        BackfillEndpoints.Map(api);
        EventEndpoints.Map(api);
    }
}
