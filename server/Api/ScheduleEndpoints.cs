using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Server.Api;

/// <summary><c>/schedules</c>.</summary>
static class ScheduleEndpoints
{
    const string UnknownSchedule = "schedule.unknown";

    static readonly string[] BadPlan = ["schedule.bad_cron", "schedule.unknown_zone", "schedule.never_due", "schedule.bad_parallel"];

    static readonly string[] UnfitPlan = [InvalidInputsException.Code, PartitionOutOfRangeException.Code, "schedule.needs_partition"];

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/schedules").WithTags("Schedules");
        group.MapGet("", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listSchedules").WithSummary("Lists the schedules, by name.");
        group.MapPost("", CreateAsync).RequireAccess(AccessRole.Author)
            .WithName("createSchedule").WithSummary("Creates a schedule. Earlier due times do not run.")
            .WithProblems(400, [.. BadPlan, "schedule.bad_name"]).WithProblems(422, UnfitPlan).WithProblems(404, "workflow.unknown").WithProblems(409, "schedule.exists");
        group.MapGet("/preview", Preview).RequireAccess(AccessRole.Viewer)
            .WithName("previewCron")
            .WithSummary("Lists the due times of a cron expression, and the effect of daylight saving time; schedules nothing.")
            .WithProblems(400, "schedule.bad_cron", "schedule.unknown_zone", "schedule.bad_count");
        group.MapGet("/{id}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showSchedule").WithSummary("Shows a schedule; its ETag is its version.").WithProblems(404, UnknownSchedule);
        group.MapPut("/{id}", ReplaceAsync).RequireAccess(AccessRole.Author)
            .WithName("changeSchedule").WithSummary("Changes a schedule. Due times before the change still run, none twice.")
            .WithProblems(400, BadPlan).WithProblems(422, UnfitPlan).WithProblems(404, UnknownSchedule, "workflow.unknown").WithProblems(409, ScheduleStore.OfWorkflow)
            .WithProblems(412, "request.changed_meanwhile", "schedule.changed").WithProblems(428, "request.if_match_required");
        group.MapDelete("/{id}", DeleteAsync).RequireAccess(AccessRole.Author)
            .WithName("deleteSchedule").WithSummary("Deletes a schedule. Its runs and past due times stay.")
            .WithProblems(404, UnknownSchedule).WithProblems(409, ScheduleStore.OfWorkflow).WithProblems(412, "request.changed_meanwhile", "schedule.changed").WithProblems(428, "request.if_match_required");
        group.MapPost("/{id}/on", SwitchOnAsync).RequireAccess(AccessRole.Operator)
            .WithName("switchScheduleOn").WithSummary("Switches a schedule on. Due times while it was off do not run.")
            .WithProblems(400, BadPlan).WithProblems(422, UnfitPlan).WithProblems(404, UnknownSchedule, "workflow.unknown").WithProblems(409, ScheduleStore.OfWorkflow);
        group.MapPost("/{id}/off", SwitchOffAsync).RequireAccess(AccessRole.Operator)
            .WithName("switchScheduleOff")
            .WithSummary("Switches a schedule off. Due times that have not started wait until it is on again.")
            .WithProblems(404, UnknownSchedule).WithProblems(409, ScheduleStore.OfWorkflow);
        group.MapPost("/{id}/run-now", RunNowAsync).RequireAccess(AccessRole.Operator)
            .WithName("runScheduleNow").WithSummary("Runs a schedule now for a month, whether it is on or off.")
            .WithDescription("With the header Idempotency-Key, asking again within a week returns the first run and starts no second one.")
            .WithProblems(404, UnknownSchedule).WithProblems(409, RunAlreadyActiveException.Code).WithProblems(400, IdempotentStarts.BadKey)
            .WithProblems(422, IdempotentStarts.KeyReused, PartitionOutOfRangeException.Code).WithProblems(503, "server.draining");
        group.MapGet("/{id}/preview", PreviewStoredAsync).RequireAccess(AccessRole.Viewer)
            .WithName("previewSchedule")
            .WithSummary("Lists the next due times of a schedule, on or off, and the effect of daylight saving time.")
            .WithProblems(404, UnknownSchedule).WithProblems(400, "schedule.bad_count");
        group.MapGet("/{id}/occurrences", OccurrenceEndpoints.ListOfScheduleAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listOccurrencesOfSchedule").WithSummary("Lists the due times of a schedule with their outcome, newest first.")
            .WithProblems(404, UnknownSchedule).WithProblems(400, "request.bad_limit", "request.bad_cursor", "request.bad_month");
    }

    static async Task<Page<ScheduleResponse>> ListAsync(ScheduleStore schedules, CancellationToken cancellationToken) =>
        new([.. (await schedules.ListAsync(cancellationToken)).Select(ScheduleResponse.Of)], Next: null);

    static async Task<Created<ScheduleResponse>> CreateAsync(NewScheduleRequest request, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken)
    {
        var made = await schedules.CreateAsync(request.Id ?? request.Workflow, request.ToPlan(), context.StartedBy(), cancellationToken);
        context.Tag(made.Version);
        return TypedResults.Created($"{ApiRoutes.Root}/schedules/{made.Id}", ScheduleResponse.Of(made));
    }

    static async Task<Results<Ok<ScheduleResponse>, StatusCodeHttpResult>> ShowAsync(string id, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken)
    {
        var found = await schedules.GetAsync(id, cancellationToken);
        return context.Tag(found.Version) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(ScheduleResponse.Of(found));
    }

    static async Task<ScheduleResponse> ReplaceAsync(string id, ScheduleRequest request, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken)
    {
        var version = await MatchAsync(id, context, schedules, cancellationToken);
        return Show(context, await schedules.ChangeAsync(id, _ => request.ToPlan(), version, context.StartedBy(), cancellationToken));
    }

    static async Task<NoContent> DeleteAsync(string id, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken)
    {
        var version = await MatchAsync(id, context, schedules, cancellationToken);
        await schedules.DeleteAsync(id, version, context.StartedBy(), cancellationToken);
        return TypedResults.NoContent();
    }

    static async Task<ScheduleResponse> SwitchOnAsync(string id, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken) =>
        Show(context, await schedules.ChangeAsync(id, plan => plan with { IsOn = true }, version: null, context.StartedBy(), cancellationToken));

    static async Task<ScheduleResponse> SwitchOffAsync(string id, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken) =>
        Show(context, await schedules.ChangeAsync(id, plan => plan with { IsOn = false }, version: null, context.StartedBy(), cancellationToken));

    static async Task<OccurrenceResponse> RunNowAsync(
        string id, RunNowRequest? request, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, ScheduleTicker ticker, IdempotentStarts starts,
        CancellationToken cancellationToken) => OccurrenceResponse.Of((await starts.StartAsync(
            key, "run", $"schedule {id} now for {request?.Partition}", run => ticker.FindAsync(run, cancellationToken),
            run => ticker.RunNowAsync(id, run, request?.Partition, context.StartedBy(), cancellationToken), cancellationToken)).Started);

    static PreviewResponse Preview(
        TimeProvider time,
        [Description("5 fields (minute, hour, day, month, weekday), or 6 with seconds first.")] string cron,
        [Description("IANA name of the time zone. Default UTC.")] string? zone = null,
        [Description("Start of the list. Default now.")] DateTimeOffset? after = null,
        [Description("Number of due times, 1 to 1000. Default 5.")] int? count = null) =>
        PreviewResponse.Of(SchedulePreview.Of(CronRule.Parse(cron, zone ?? "UTC"), after ?? time.GetUtcNow(), count ?? PreviewResponse.DefaultCount));

    static async Task<PreviewResponse> PreviewStoredAsync(
        string id, ScheduleStore schedules, CancellationToken cancellationToken,
        [Description("Start of the list. Default now.")] DateTimeOffset? after = null,
        [Description("Number of due times, 1 to 1000. Default 5.")] int? count = null)
    {
        var found = await schedules.GetAsync(id, cancellationToken);
        return PreviewResponse.Of(SchedulePreview.Of(found.Plan.ReadRule(), after ?? await schedules.NowAsync(cancellationToken), count ?? PreviewResponse.DefaultCount));
    }

    static ScheduleResponse Show(HttpContext context, Schedule schedule)
    {
        context.Tag(schedule.Version);
        return ScheduleResponse.Of(schedule);
    }

    /// <summary>Reads the version that a change was made from.</summary>
    static async Task<int> MatchAsync(string id, HttpContext context, ScheduleStore schedules, CancellationToken cancellationToken)
    {
        var version = (await schedules.GetAsync(id, cancellationToken)).Version;
        context.RequireMatch(version, $"schedule '{id}'");
        return version;
    }
}
