using Microsoft.AspNetCore.Antiforgery;

namespace Orchestrator.Server.Access;

/// <summary>Antiforgery token of a form, so that no other site's page can send the form.</summary>
/// <param name="Field">Name of the hidden field.</param>
/// <param name="Token">Value of the hidden field.</param>
public sealed record FormToken(string Field, string Token)
{
    /// <summary>Creates the token for the answer to a request; the other half goes into a cookie.</summary>
    internal static FormToken For(HttpContext context, IAntiforgery antiforgery)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        return new(tokens.FormFieldName, tokens.RequestToken!);
    }
}
