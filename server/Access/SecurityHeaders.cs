namespace Orchestrator.Server.Access;

/// <summary>Security headers of every answer.</summary>
static class SecurityHeaders
{
    /// <summary>
    /// Default Content-Security-Policy: scripts, styles and pictures come from this server only, and no other site frames our pages.
    /// Pages that need another policy set it themselves.
    /// </summary>
    public const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>Adds the security headers to every answer.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // Set last, since writing a problem clears the headers set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            // The next user of a browser or proxy must not see what this one saw. Static files set their own caching.
            headers.TryAdd("Cache-Control", "no-store");
            headers.TryAdd("Content-Security-Policy", Policy);
            headers.TryAdd("X-Frame-Options", "SAMEORIGIN");
            // Not no-referrer: browsers would then send 'Origin: null' with our own forms.
            headers.TryAdd("Referrer-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Opener-Policy", "same-origin");
            headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
            return Task.CompletedTask;
        });
        return next(context);
    });
}
