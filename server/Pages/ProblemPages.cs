using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Api;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Pages;

/// <summary>Format of problems for people: a page with a link back.</summary>
sealed class ProblemPages : IProblemFormat
{
    /// <inheritdoc/>
    public bool LeavesStatusesBare => false;

    /// <summary>Whether a browser requested one of our pages, by address or form.</summary>
    public bool IsFor(HttpContext context) =>
        context.RequestServices.GetRequiredService<ServerOptions>().HasPages
        && !context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/elsa") && !context.Request.Path.StartsWithSegments("/openapi")
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    /// <summary>Writes the page; the status of the answer is set.</summary>
    public Task WriteAsync(HttpContext context, ApiException problem)
    {
        var (address, text) = WayBack(context, problem);
        RazorComponentResult<MissingPage> page = PageEndpoints.Page<MissingPage>(context, new
        {
            Title = TitleOf(problem.Status),
            // The API's document is for programs; people get the pages.
            Message = problem.Status is StatusCodes.Status404NotFound && problem.Code == ApiProblems.UnknownPath
                ? $"There is no page at '{context.Request.Path}'. The address may be incomplete."
                : problem.Message,
            problem.Code,
            Trace = problem.Status >= StatusCodes.Status500InternalServerError ? ApiProblems.TraceOf(context) : null,
            Back = address,
            BackText = text,
            Now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
        }, problem.Status);
        return page.ExecuteAsync(context);
    }

    static string TitleOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "Nobody is logged in",
        StatusCodes.Status403Forbidden => "Not allowed",
        StatusCodes.Status404NotFound => "There is nothing here",
        StatusCodes.Status409Conflict or StatusCodes.Status412PreconditionFailed => "It has changed meanwhile",
        StatusCodes.Status429TooManyRequests => "Too many requests",
        StatusCodes.Status503ServiceUnavailable => "Not available at the moment",
        >= StatusCodes.Status500InternalServerError => "The server failed",
        _ => "That cannot be done",
    };

    // Forms of a run link back to that run; a required login links to the login page.
    static (string Address, string Text) WayBack(HttpContext context, ApiException problem)
    {
        if (problem.Status is StatusCodes.Status401Unauthorized) return ("/login", "Log in");
        return context.Request.Path.Value?.Split('/') is ["", "runs", var id, _, ..] && Guid.TryParse(id, out var run) && problem.Status is not StatusCodes.Status404NotFound
            ? ($"/runs/{run}", "Back to the run")
            : ("/", "All runs");
    }
}
