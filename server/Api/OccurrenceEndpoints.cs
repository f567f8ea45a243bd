using System.ComponentModel;
using System.Globalization;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.Api;

/// <summary><c>/occurrences</c>: due times of schedules and their outcome.</summary>
static class OccurrenceEndpoints
{
    public static void Map(RouteGroupBuilder api) => api.MapGet("/occurrences", ListAsync).RequireAccess(AccessRole.Viewer)
        .WithTags("Schedules").WithName("listOccurrences").WithSummary("Lists due times of schedules with their outcome, newest first.")
        .WithProblems(400, "request.bad_limit", "request.bad_cursor", "request.bad_month");

    public static async Task<Page<OccurrenceResponse>> ListOfScheduleAsync(
        string id, ScheduleStore schedules, CancellationToken cancellationToken,
        [Description("Only those with this outcome.")] OccurrenceStatus? status = null,
        [Description("Only of this month.")] string? partition = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        await schedules.GetAsync(id, cancellationToken);
        return await ListAsync(schedules, cancellationToken, id, status, partition, cursor, limit);
    }

    static async Task<Page<OccurrenceResponse>> ListAsync(
        ScheduleStore schedules, CancellationToken cancellationToken,
        [Description("Only of this schedule.")] string? schedule = null,
        [Description("Only those with this outcome.")] OccurrenceStatus? status = null,
        [Description("Only of this month.")] string? partition = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        var most = PageCursor.Limit(limit);
        var found = await schedules.ListOccurrencesAsync(new()
        {
            ScheduleId = schedule, Status = status, Partition = RequestValues.Month("partition", partition), Before = ReadPosition(cursor), Limit = most + 1,
        }, cancellationToken);
        return PageCursor.Page(found, most, OccurrenceResponse.Of, due => [due.DueAt, due.ScheduleId]);
    }

    static (DateTimeOffset DueAt, string ScheduleId)? ReadPosition(string? cursor) => cursor is null ? null
        : PageCursor.Read(cursor) is [var at, var id] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? (new(ticks, TimeSpan.Zero), id)
            : throw PageCursor.Bad(cursor);
}
