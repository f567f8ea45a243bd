using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Secrets;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Server.Api;

/// <summary>A secret. Its value is never shown.</summary>
/// <param name="Name">Name, which definitions use as <c>secret:NAME</c>.</param>
/// <param name="CreatedAt">Time at which it was first set.</param>
/// <param name="ChangedAt">Time at which it was last set.</param>
/// <param name="ChangedBy">Caller who last set it.</param>
/// <param name="Hosts">The hosts that HTTP activities may send it to, such as <c>api.example.org, *.example.com:8443</c>; <see langword="null"/> for any.</param>
public sealed record SecretResponse(string Name, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string ChangedBy, string? Hosts);

/// <summary>Request to set a secret.</summary>
public sealed class SecretRequest
{
    /// <summary>The value, 4 to 65,536 characters. No answer contains it.</summary>
    public string? Value { get; init; }

    /// <summary>
    /// The hosts that HTTP activities may send it to, written like <c>Http:AllowedHosts</c>: <c>api.example.org, *.example.com:8443</c>.
    /// <see langword="null"/> for any.
    /// </summary>
    public string? Hosts { get; init; }
}

/// <summary><c>/secrets</c>.</summary>
static class SecretEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var secrets = api.MapGroup("/secrets").WithTags("Secrets");
        secrets.MapGet("/", ListAsync).RequireAccess(AccessRole.Author)
            .WithName("listSecrets").WithSummary("Lists the secrets by name. Values are never shown.");
        secrets.MapGet("/{name}", ShowAsync).RequireAccess(AccessRole.Author)
            .WithName("showSecret").WithSummary("Shows a secret without its value; its ETag is the version for changes.")
            .WithProblems(404, "secrets.unknown");
        secrets.MapPut("/{name}", SetAsync).RequireAccess(AccessRole.Admin)
            .WithName("setSecret")
            .WithSummary("Sets a value. If-Match: the ETag that the change is made from, or * for any; If-None-Match: * creates a new one.")
            .WithProblems(400, "secrets.bad_name", "secrets.bad_value", "secrets.bad_hosts").WithProblems(412, "request.changed_meanwhile").WithProblems(428, "request.if_match_required");
        secrets.MapDelete("/{name}", RemoveAsync).RequireAccess(AccessRole.Admin)
            .WithName("removeSecret").WithSummary("Removes a secret. Activities that name it fail from now on.")
            .WithProblems(404, "secrets.unknown").WithProblems(412, "request.changed_meanwhile").WithProblems(428, "request.if_match_required");
    }

    static async Task<SecretResponse[]> ListAsync(SecretStore secrets, CancellationToken cancellationToken) => [.. (await secrets.ListAsync(cancellationToken)).Select(Of)];

    static async Task<Ok<SecretResponse>> ShowAsync(string name, SecretStore secrets, HttpResponse response, CancellationToken cancellationToken)
    {
        var secret = await secrets.FindAsync(name, cancellationToken) ?? throw Unknown(name);
        response.Headers.ETag = EntityTags.Of(secret.Version);
        return TypedResults.Ok(Of(secret));
    }

    static async Task<Ok<SecretResponse>> SetAsync(
        string name, SecretRequest change, SecretStore secrets, HttpContext context, CancellationToken cancellationToken)
    {
        if (!SecretReferences.IsName(name)) throw new ApiException(400, "secrets.bad_name", $"'{name}' is no name of a secret. Use up to 100 letters, digits and ._- and begin with a letter.");
        if (change.Value is not { Length: >= SecretStore.ShortestValue and <= SecretStore.LongestValue } value || string.IsNullOrWhiteSpace(value))
        {
            throw new ApiException(400, "secrets.bad_value",
                $"The value has {change.Value?.Length ?? 0} characters, but needs {SecretStore.ShortestValue} to {SecretStore.LongestValue}: a shorter one would be masked wherever a text has it by chance.");
        }
        if (change.Hosts is { } hosts && SecretHosts.ProblemOf(hosts) is { } problem) throw new ApiException(400, "secrets.bad_hosts", problem);
        _ = await secrets.SetAsync(name, value, change.Hosts, context.Request.ExpectedVersion($"secret '{name}'"), context.StartedBy(), cancellationToken) ?? throw Changed(name);
        return await ShowAsync(name, secrets, context.Response, cancellationToken);
    }

    static async Task<NoContent> RemoveAsync(string name, SecretStore secrets, HttpContext context, CancellationToken cancellationToken)
    {
        var secret = await secrets.FindAsync(name, cancellationToken) ?? throw Unknown(name);
        context.RequireMatch(secret.Version, $"secret '{name}'");
        return await secrets.RemoveAsync(name, secret.Version, cancellationToken) ? TypedResults.NoContent() : throw Changed(name);
    }

    static ApiException Unknown(string name) => new(404, "secrets.unknown", $"There is no secret '{name}'. /api/v1/secrets lists them.");

    static ApiException Changed(string name) =>
        new(412, "request.changed_meanwhile", $"Secret '{name}' is not what the change was made from: somebody else changed it. Read it again, then decide.");

    static SecretResponse Of(Secret secret) => new(secret.Name, secret.CreatedAt, secret.ChangedAt, secret.ChangedBy, secret.Hosts);
}
