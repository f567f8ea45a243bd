using Orchestrator.Server.Access;
using Orchestrator.Server.Pages;

namespace Orchestrator.Server.Studio;

/// <summary><c>/studio</c>: elements of the real Elsa Studio inside our page. Every view has an address.</summary>
static class StudioPages
{
    /// <summary>
    /// Policy that the Studio needs beyond our own pages: WebAssembly; two scripts that its editor and its list write into the page, by
    /// their hashes; styles that its components write; pictures and fonts in data: addresses; the editor's workers. README explains each.
    /// </summary>
    const string Policy =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-snlP1jz0gjwc5cTz9ErZcliXuCK63+Mmf68RRCeptgc=' "
        + "'sha256-vu6sQrKXQHR4Yn3FMMihA/9TxxfIXnCxKwvLrTPJ5ts='; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "worker-src 'self' blob:; manifest-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    static readonly string[] Views = ["/studio/definitions", "/studio/definitions/{id}", "/studio/instances", "/studio/instances/{id}"];

    /// <summary>Adds the services of the Studio's pages.</summary>
    public static IServiceCollection AddStudio(this IServiceCollection services) => services.AddSingleton<StudioFiles>().AddSingleton<RunFormStore>();

    /// <summary>Maps the pages of the Studio.</summary>
    public static void MapStudio(this IEndpointRouteBuilder app)
    {
        foreach (var view in Views) app.MapGet(view, ShowAsync).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        app.MapGet("/studio", () => Results.LocalRedirect(Views[0])).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        // The elements link to the addresses of a whole Studio, below our base; these redirect to ours.
        foreach (var root in (string[])["", "/studio"])
        {
            app.MapGet($"{root}/workflows/definitions/{{id}}/edit", (string id) => Results.LocalRedirect($"{Views[0]}/{Uri.EscapeDataString(id)}"))
                .RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
            app.MapGet($"{root}/workflows/instances/{{id}}/view", (string id) => Results.LocalRedirect($"{Views[2]}/{Uri.EscapeDataString(id)}"))
                .RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        }
        RunFormPages.Map(app);
        app.MapGet("/diagnostics/structured-logs", (string? workflowInstanceId) => Results.LocalRedirect($"/runs/{Uri.EscapeDataString(workflowInstanceId ?? "")}"))
            .RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        // The Studio requests about two hundred files at once; they are public and the same for everybody.
        foreach (var folder in (string[])["_framework", "_content"])
        {
            app.MapGet($"/studio/{folder}/{{**file}}", (string file, StudioFiles files, HttpContext context) => files.Find($"{folder}/{file}", context))
                .NeedsNoLogin().DisableRateLimiting().ExcludeFromDescription();
        }
        foreach (var file in (string[])["appsettings.json", "Elsa.Studio.Host.CustomElements.styles.css"])
            app.MapGet($"/studio/{file}", (StudioFiles files, HttpContext context) => files.Find(file, context)).NeedsNoLogin().ExcludeFromDescription();
    }

    static async Task<IResult> ShowAsync(HttpContext context, StudioFiles files, AccessMode mode, SessionStore sessions, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!files.AreThere)
        {
            return PageEndpoints.Page<MissingPage>(context, new
            {
                Title = "No Studio",
                Message = $"The files of Elsa Studio are missing: there is no node_modules/{StudioFiles.Package}. Run 'npm ci' in the repository, then start the server again.",
                Now = time.GetUtcNow(),
            }, StatusCodes.Status503ServiceUnavailable);
        }
        var token = mode.NeedsLogin && LoginCookie.Read(context) is { } secret ? await sessions.StudioTokenAsync(secret, cancellationToken) : null;
        var page = PageEndpoints.Page<StudioPage>(context, new { Token = token });
        context.Response.Headers.ContentSecurityPolicy = Policy;
        return page;
    }
}
