using Orchestrator.Server.Api;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>What Elsa's view of runs adds to a server.</summary>
static class InstanceServices
{
    /// <summary>Adds what endpoints and the hub take.</summary>
    public static IServiceCollection AddInstances(this IServiceCollection services)
    {
        services.AddSingleton<RunHistories>();
        services.AddSingleton<IProblemFormat, ElsaProblems>();
        services.AddSingleton<DefinitionView>();
        services.AddSingleton<InstanceViews>();
        services.AddSingleton<InstanceStarts>();
        services.AddSingleton<InstanceUpdates>();
        services.AddSignalR().AddJsonProtocol(static json => json.PayloadSerializerOptions = ElsaJson.Options);
        return services;
    }
}
