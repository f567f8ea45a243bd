namespace Orchestrator.Server.Access;

/// <summary>What every answer tells browsers not to do with it.</summary>
static class SecurityHeaders
{
    /// <summary>Scripts, styles and pictures come from here only; nobody else shows our pages in a frame. A page that needs another policy sets it itself.</summary>
    public const string Policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    /// <summary>Adds them.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // At the last moment: a problem clears what was set before.
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            // Whoever uses the browser or a proxy after somebody else must not find what that person was shown. Files of the program say
            // otherwise themselves.
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
