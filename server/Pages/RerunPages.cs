using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Pages;

/// <summary>Pages of a rerun: form, plan, confirmation and start.</summary>
static class RerunPages
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/runs/{id}/rerun", PlanAsync).RequireAccess(AccessRole.Viewer).ExcludeFromDescription();
        app.MapPost("/runs/{id}/rerun", StartAsync).RequireAccess(AccessRole.Operator).ExcludeFromDescription();
    }

    static Task<IResult> PlanAsync(
        Guid id, HttpContext context, RerunStore reruns, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken, string? kind = null, string? activity = null) =>
        ShowPlanAsync(RequestOf(id, kind, activity), [], StatusCodes.Status200OK, context, reruns, antiforgery, time, cancellationToken);

    static async Task<IResult> StartAsync(
        Guid id, HttpContext context, RerunStore reruns, IAntiforgery antiforgery, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!await PageEndpoints.IsOursAsync(context, antiforgery)) return PageEndpoints.TooOld(context, $"/runs/{id}", time);
        var form = await context.Request.ReadFormAsync(cancellationToken);
        var request = RequestOf(id, form["kind"], form["activity"]);
        // The form carries the id of the new run: sending it twice starts one run.
        var start = new RerunStart(Guid.TryParse(form["id"], out var given) ? given : Guid.CreateVersion7(time.GetUtcNow())) { StartedBy = context.StartedBy() };
        try
        {
            return await reruns.StartAsync(request, start, form["plan"], newest: null, cancellationToken) is { } run
                ? PageEndpoints.Next(context, $"/runs/{run.Id}")
                : PageEndpoints.Unknown(context, id.ToString(), time);
        }
        catch (PlanChangedException changed)
        {
            return await ShowPlanAsync(request, changed.Changes, StatusCodes.Status409Conflict, context, reruns, antiforgery, time, cancellationToken);
        }
        catch (RerunRefusedException refused)
        {
            return Refused(context, id, refused.Message, time);
        }
        catch (RunAlreadyActiveException active)
        {
            return Refused(context, active.ActiveRun, $"{active.Message} The link below leads to that run.", time);
        }
    }

    static async Task<IResult> ShowPlanAsync(
        RerunRequest request, IReadOnlyList<string> changes, int status, HttpContext context, RerunStore reruns, IAntiforgery antiforgery, TimeProvider time,
        CancellationToken cancellationToken)
    {
        try
        {
            return await reruns.PlanAsync(request, newest: null, cancellationToken) is { } plan
                ? PageEndpoints.Page<RerunPage>(context, new
                {
                    Plan = plan,
                    Form = FormToken.For(context, antiforgery),
                    NewRun = Guid.CreateVersion7(time.GetUtcNow()),
                    Now = time.GetUtcNow(),
                    Changes = changes,
                }, status)
                : PageEndpoints.Unknown(context, request.RunId.ToString(), time);
        }
        catch (RerunRefusedException refused)
        {
            return Refused(context, request.RunId, refused.Message, time);
        }
    }

    static RazorComponentResult<MissingPage> Refused(HttpContext context, Guid run, string message, TimeProvider time) => PageEndpoints.Page<MissingPage>(context, new
    {
        Title = "It cannot be rerun that way",
        Message = message,
        Back = $"/runs/{run}",
        BackText = "Back to the run",
        Now = time.GetUtcNow(),
    }, StatusCodes.Status409Conflict);

    static RerunRequest RequestOf(Guid run, string? kind, string? activity)
    {
        var much = Enum.TryParse<RerunKind>(kind, out var known) && Enum.IsDefined(known) ? known : RerunKind.Retry;
        return new(run, much) { Activity = much is RerunKind.From or RerunKind.Only && !string.IsNullOrEmpty(activity) ? activity : null };
    }
}
