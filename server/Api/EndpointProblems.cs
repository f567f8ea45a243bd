using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>A problem that an endpoint may answer with, beside those of every endpoint.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable code.</param>
public sealed record EndpointProblem(int Status, string Code);

/// <summary>Declares the problems that an endpoint may answer with; the OpenAPI document lists them.</summary>
static class EndpointProblems
{
    /// <summary>Problems that any endpoint may answer with.</summary>
    public static IReadOnlyList<EndpointProblem> OfAll { get; } =
    [
        new(400, "request.malformed"), new(400, "request.bad_value"), new(400, "request.unknown_host"), new(405, "request.wrong_method"),
            new(429, "request.too_many"), new(500, "server.unexpected"),
        new(503, "store.unavailable"), new(503, "request.timed_out"),
    ];

    /// <summary>Problems that any endpoint that changes something may answer with.</summary>
    public static IReadOnlyList<EndpointProblem> OfChanges { get; } = [new(403, "request.cross_origin"), new(403, AccessCodes.CrossSite)];

    /// <summary>Problems that any endpoint with route values may answer with.</summary>
    public static IReadOnlyList<EndpointProblem> OfPaths { get; } = [new(404, "request.unknown_path")];

    /// <summary>Problems that any endpoint that requires a role may answer with.</summary>
    public static IReadOnlyList<EndpointProblem> OfRoles { get; } =
        [new(401, AccessCodes.NotLoggedIn), new(401, AccessCodes.TokenRefused), new(403, AccessCodes.RoleTooLow)];

    /// <summary>Problems that any endpoint that takes a body may answer with.</summary>
    public static IReadOnlyList<EndpointProblem> OfBodies { get; } = [new(413, "request.too_large"), new(415, "request.not_json")];

    extension<TBuilder>(TBuilder endpoint) where TBuilder : IEndpointConventionBuilder
    {
        /// <summary>Declares problems of an endpoint.</summary>
        public TBuilder WithProblems(int status, params string[] codes) => endpoint.WithMetadata([.. codes.Select(code => new EndpointProblem(status, code))]);
    }
}
