using System.Text.Json.Serialization;

namespace Orchestrator.Server.Api;

/// <summary>A problem as RFC 9457 defines it.</summary>
/// <param name="Type">Always <c>urn:orchestrator:error:</c> and the code.</param>
/// <param name="Title">The HTTP status in words.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What happened with the values, what was expected, what to do.</param>
/// <param name="Code">Stable code <c>stage.reason</c>, for programs.</param>
/// <param name="TraceId">Id of the request's trace, to find it in traces and logs.</param>
public sealed record ApiProblem(string Type, string Title, int Status, string Detail, string Code, string? TraceId)
{
    /// <summary>Media type of a problem.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>Further members, such as <c>activeRun</c>.</summary>
    [JsonExtensionData]
    public Dictionary<string, object?> Details { get; init; } = new(StringComparer.Ordinal);
}
