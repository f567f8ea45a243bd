using Microsoft.AspNetCore.Antiforgery;

namespace Orchestrator.Server.Access;

/// <summary>What a form of ours carries, so that no other site's page can send it.</summary>
/// <param name="Field">Name of the hidden field.</param>
/// <param name="Token">Its value.</param>
public sealed record FormToken(string Field, string Token)
{
    /// <summary>One for the answer to a request; the other half goes into a cookie.</summary>
    internal static FormToken For(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return new(tokens.FormFieldName, tokens.RequestToken!);
    }
}
