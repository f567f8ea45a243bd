using System.ComponentModel;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Server.Api;

/// <summary><c>/backfills</c>.</summary>
static class BackfillEndpoints
{
    const string UnknownBackfill = "backfill.unknown", HasEnded = "backfill.has_ended";

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/backfills").WithTags("Backfills");
        group.MapPost("", StartAsync).RequireAccess(AccessRole.Operator)
            .WithName("startBackfill").WithSummary("Runs a workflow for each month of a range (201), or previews that with dryRun (200).")
            .WithDescription("With the header Idempotency-Key, asking again within a week gives the same backfill (200) instead of starting a second one (201).")
            .WithProblems(400, "backfill.bad_range", "backfill.too_long", "backfill.bad_parallel", IdempotentStarts.BadKey).WithProblems(404, "workflow.unknown")
            .WithProblems(422, InvalidInputsException.Code, PartitionOutOfRangeException.Code, IdempotentStarts.KeyReused)
            .WithProblems(503, "server.draining");
        group.MapGet("", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listBackfills").WithSummary("Lists the backfills, in pages, newest first.")
            .WithProblems(400, "request.bad_limit", "request.bad_cursor");
        group.MapGet("/{id}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showBackfill").WithSummary("Shows a backfill with its months.").WithProblems(404, UnknownBackfill);
        group.MapPost("/{id}/pause", PauseAsync).RequireAccess(AccessRole.Operator)
            .WithName("pauseBackfill").WithSummary("Pauses a backfill: no further month starts, started runs continue.")
            .WithProblems(404, UnknownBackfill).WithProblems(409, HasEnded);
        group.MapPost("/{id}/resume", ResumeAsync).RequireAccess(AccessRole.Operator)
            .WithName("resumeBackfill").WithSummary("Resumes a paused backfill.").WithProblems(404, UnknownBackfill)
            .WithProblems(409, HasEnded);
        group.MapPost("/{id}/cancel", CancelAsync).RequireAccess(AccessRole.Operator)
            .WithName("cancelBackfill").WithSummary("Cancels a backfill, and on request its runs.").WithProblems(404, UnknownBackfill)
            .WithProblems(409, HasEnded);
    }

    static async Task<Results<Created<BackfillResponse>, Ok<BackfillResponse>, Ok<BackfillPreviewResponse>>> StartAsync(
        BackfillRequest request, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, BackfillStore backfills, IdempotentStarts starts,
        CancellationToken cancellationToken)
    {
        if (request.DryRun) return TypedResults.Ok(BackfillPreviewResponse.Of(await backfills.PreviewAsync(request.ToPlan(), cancellationToken)));
        var (backfill, isNew) = await starts.StartAsync(
            key, "backfill", $"backfill: {JsonSerializer.Serialize(request, ApiJson.Answers)}", id => backfills.FindAsync(id, cancellationToken),
            id => backfills.CreateAsync(id, request.ToPlan(), context.StartedBy(), cancellationToken), cancellationToken);
        return isNew ? TypedResults.Created($"{ApiRoutes.Root}/backfills/{backfill.Id}", BackfillResponse.Of(backfill)) : TypedResults.Ok(BackfillResponse.Of(backfill));
    }

    static async Task<Page<BackfillResponse>> ListAsync(
        BackfillStore backfills, CancellationToken cancellationToken,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        var most = PageCursor.Limit(limit);
        Guid? before = cursor is null ? null : PageCursor.Read(cursor) is [var text] && Guid.TryParse(text, out var id) ? id : throw PageCursor.Bad(cursor);
        return PageCursor.Page(await backfills.ListAsync(before, most + 1, cancellationToken), most, BackfillResponse.Of, backfill => [backfill.Id]);
    }

    static async Task<BackfillDetailResponse> ShowAsync(Guid id, BackfillStore backfills, CancellationToken cancellationToken) => new(
        BackfillResponse.Of(await backfills.GetAsync(id, cancellationToken)),
        [.. (await backfills.ListPartitionsAsync(id, cancellationToken)).Select(BackfillPartitionResponse.Of)]);

    static async Task<BackfillResponse> PauseAsync(Guid id, BackfillStore backfills, CancellationToken cancellationToken) =>
        BackfillResponse.Of(await backfills.PauseAsync(id, cancellationToken));

    static async Task<BackfillResponse> ResumeAsync(Guid id, BackfillStore backfills, CancellationToken cancellationToken) =>
        BackfillResponse.Of(await backfills.ResumeAsync(id, cancellationToken));

    static async Task<BackfillResponse> CancelAsync(Guid id, CancelBackfillRequest? request, BackfillStore backfills, CancellationToken cancellationToken) =>
        BackfillResponse.Of(await backfills.CancelAsync(id, request?.CancelRuns ?? false, cancellationToken));
}
