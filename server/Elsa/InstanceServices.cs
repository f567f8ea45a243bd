using Orchestrator.Server.Api;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>Registration of Elsa's view of runs.</summary>
static class InstanceServices
{
    /// <summary>Adds the services of endpoints and hub.</summary>
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
