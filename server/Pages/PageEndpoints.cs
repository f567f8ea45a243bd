using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Pages;

/// <summary>Endpoints of the pages, which are rendered on the server and work without scripts.</summary>
static class PageEndpoints
{
    const string Policy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    const int Together = 50;

    /// <summary>Adds the services that render pages.</summary>
    public static IServiceCollection AddPages(this IServiceCollection services) =>
        services.AddSingleton<IProblemFormat, ProblemPages>().AddSingleton<RunViews>();

    /// <summary>Maps the pages.</summary>
    public static void MapPages(this IEndpointRouteBuilder app)
    {
        PageFiles.Map(app);
        app.MapGet("/", ListAsync).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        app.MapGet("/runs", () => Results.LocalRedirect("/")).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        app.MapGet("/runs/{id}", ShowAsync).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        app.MapPost("/runs/{id}/cancel", CancelAsync).RequireAccess(AccessRole.Operator).ExcludeFromDescription();
        RerunPages.Map(app);
    }

    /// <summary>Creates the answer that renders a page.</summary>
    public static RazorComponentResult<TPage> Page<TPage>(HttpContext context, object parameters, int status = StatusCodes.Status200OK) where TPage : IComponent
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-store";
        return new(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>Renders the page for an unknown run.</summary>
    public static IResult Unknown(HttpContext context, string id, TimeProvider time) => Page<MissingPage>(context, new
    {
        Title = "No such run",
        Message = $"There is no run '{id}'. It may have been removed by retention, or the address is incomplete.",
        Now = time.GetUtcNow(),
    }, StatusCodes.Status404NotFound);

    /// <summary>Whether a form came from one of our pages and is not too old.</summary>
    public static async Task<bool> IsOursAsync(HttpContext context, IAntiforgery antiforgery) => await antiforgery.IsRequestValidAsync(context);

    /// <summary>Redirects the browser, so that reloading the next page repeats nothing.</summary>
    public static IResult Next(HttpContext context, string address)
    {
        context.Response.Headers.Location = address;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    static async Task<IResult> ListAsync(
        HttpContext context, RunStore runs, DefinitionStore definitions, ScheduleStore schedules, TimeProvider time, CancellationToken cancellationToken, string? state = null,
        string? workflow = null, string? month = null, Guid? before = null)
    {
        var problem = (string?)null;
        var statuses = default(IReadOnlyList<RunStatus>);
        if (Enum.TryParse<RunStatus>(state, out var status) && Enum.IsDefined(status)) statuses = [status];
        else if (!string.IsNullOrEmpty(state)) problem = $"'{state}' is not a state of a run, so runs of every state are shown.";
        var partition = default(Partition?);
        if (Partition.TryParse(month ?? "", out var given)) partition = given;
        else if (!string.IsNullOrEmpty(month)) problem = $"'{month}' is not a month, so all months are shown. Write it as year and month, such as 2026-10.";
        var found = await runs.ListAsync(new RunQuery
        {
            Statuses = statuses, DefinitionIds = string.IsNullOrEmpty(workflow) ? [] : [workflow],
            FirstPartition = partition, LastPartition = partition, AfterRun = before, Limit = Together + 1,
        }, cancellationToken);
        var shown = found.Take(Together).ToList();
        var workflows = (await definitions.ListNamesAsync(cancellationToken)).Concat(string.IsNullOrEmpty(workflow) ? [] : [workflow]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return Page<RunsPage>(context, new
        {
            Model = new RunsView(shown, workflows, state, workflow, month, before, found.Count > Together ? shown[^1].Id : null, problem, time.GetUtcNow())
            {
                Failing = await schedules.ListFailingAsync(cancellationToken),
            },
        });
    }

    static async Task<IResult> ShowAsync(
        string id, HttpContext context, RunViews views, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken,
            string? activity = null,
        string? steps = null, string? log = null) =>
        Guid.TryParse(id, out var runId) && await views.FindAsync(runId, new(activity, Number(steps) ?? 0, LongNumber(log)),
            cancellationToken) is { } view
            ? Page<RunPage>(context, new { View = view, Form = FormToken.For(context, antiforgery), Activity = view.Chosen?.ActivityId })
            : Unknown(context, id, time);

    static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    static long? LongNumber(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    static async Task<IResult> CancelAsync(
        Guid id, HttpContext context, RunStore runs, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await IsOursAsync(context, antiforgery)) return TooOld(context, $"/runs/{id}", time);
        await runs.RequestCancelAsync(id, $"Cancelled by {context.StartedBy()}.", cancellationToken);
        return Next(context, $"/runs/{id}");
    }

    /// <summary>Renders the page for a form that is expired or invalid.</summary>
    public static IResult TooOld(HttpContext context, string back, TimeProvider time) => Page<MissingPage>(context, new
    {
        Title = "Nothing was done",
        Message = "The form was too old, or did not come from a page of this server. Go back and try again.",
        Back = back,
        BackText = "Go back",
        Now = time.GetUtcNow(),
    }, StatusCodes.Status400BadRequest);
}
