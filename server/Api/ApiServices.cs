using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Api;

/// <summary>Registration of the API.</summary>
static class ApiServices
{
    /// <summary>Adds the services of the API's endpoints.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<ApiOptions, ApiOptionsValidator>(configuration, ApiOptions.Section);
        services.AddSingleton<Readiness>();
        services.AddSingleton<RunFeed>();
        services.AddSingleton<IdempotentStarts>();
        services.AddSingleton<RunStarts>();
        services.AddSingleton<RerunStarts>();
        services.AddSingleton<AssetAddresses>();
        services.AddApiReference();
        services.AddRequestGuards();
        services.Configure<RouteHandlerOptions>(static routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(static json =>
        {
            ApiJson.Configure(json.SerializerOptions);
            // A misspelled member is an error, not a silent default.
            json.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
            // As the OpenAPI document declares: numbers are not texts.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new WholeTextConverter());
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        return services;
    }

    /// <summary>Adds the middleware of the API.</summary>
    public static void UseApi(this WebApplication app, ServerOptions options)
    {
        app.UseApiProblems(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiProblems).FullName!));
        app.UseRequestGuards(options, app.Services.GetRequiredService<IOptions<ApiOptions>>().Value);
        app.UseRequestTimeouts();
        app.UseRateLimiter();
    }
}
