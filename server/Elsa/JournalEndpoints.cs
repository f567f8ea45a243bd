using Orchestrator.Server.Access;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>Query of lines of a journal.</summary>
sealed record JournalRequest
{
    public JournalFilter? Filter { get; init; }
}

/// <summary>Filter of journal lines; null and empty match all.</summary>
sealed record JournalFilter
{
    public IReadOnlyList<string>? ActivityIds { get; init; }
    public IReadOnlyList<string>? ActivityNodeIds { get; init; }
    public IReadOnlyList<string>? ExcludedActivityTypes { get; init; }
    public IReadOnlyList<string>? EventNames { get; init; }
}

/// <summary>Query of badges.</summary>
sealed record ReportRequest(string? WorkflowInstanceId, IReadOnlyList<string>? ActivityNodeIds);

/// <summary>Badges of activities.</summary>
public sealed record ReportResponse(IReadOnlyList<ActivityStats> Stats);

/// <summary>
/// <c>/workflow-instances/{id}/journal</c>, <c>/activity-executions</c> and <c>/activity-execution-summaries</c>: journal and executions
/// of a run.
/// </summary>
static class JournalEndpoints
{
    const int LargestPage = 1_000;

    public static void Map(RouteGroupBuilder elsa)
    {
        elsa.MapGet("/workflow-instances/{id}/journal", (string id, int? skip, int? take, InstanceViews views, RunStore runs, CancellationToken cancellationToken) =>
            JournalAsync(id, skip, take, filter: null, views, runs, cancellationToken)).RequireAccess(AccessRole.Viewer);
        elsa.MapPost("/workflow-instances/{id}/journal",
            (string id, int? skip, int? take, ElsaBody<JournalRequest> body, InstanceViews views, RunStore runs, CancellationToken cancellationToken) =>
                JournalAsync(id, skip, take, body.Value.Filter, views, runs, cancellationToken)).RequireAccess(AccessRole.Viewer).ChangesNothing();

        var executions = elsa.MapGroup("/activity-executions").RequireAccess(AccessRole.Viewer);
        executions.MapGet("/list", async (string? workflowInstanceId, string? activityNodeId, InstanceViews views, CancellationToken cancellationToken) =>
            await views.FindAsync(workflowInstanceId, cancellationToken) is { } view
                ? new ElsaList<ExecutionRecord>(await views.ListAsync(view, view.NumbersOf(activityNodeId), cancellationToken))
                : new([]));
        executions.MapGet("/by-id", (string? id, InstanceViews views, CancellationToken cancellationToken) => FindAsync(id, views, cancellationToken));
        executions.MapGet("/{id}", (string id, InstanceViews views, CancellationToken cancellationToken) => FindAsync(id, views, cancellationToken));
        executions.MapGet("/{id}/call-stack", CallStackAsync);
        executions.MapPost("/report", async (ElsaBody<ReportRequest> body, InstanceViews views, CancellationToken cancellationToken) =>
            new ReportResponse((await views.FindAsync(body.Value.WorkflowInstanceId, cancellationToken))?.Stats(body.Value.ActivityNodeIds) ?? [])).ChangesNothing();
        elsa.MapGet("/activity-execution-summaries/list", async (string? workflowInstanceId, string? activityNodeId, InstanceViews views, CancellationToken cancellationToken) =>
            new ElsaList<ExecutionSummary>(await views.FindAsync(workflowInstanceId, cancellationToken) is { } view
                ? [.. view.NumbersOf(activityNodeId).Select(view.Summary).OfType<ExecutionSummary>()]
                : [])).RequireAccess(AccessRole.Viewer);
        elsa.MapGet("/resilience/retries/{id}", async (string id, int? skip, int? take, InstanceViews views, CancellationToken cancellationToken) =>
            InstanceId.ReadExecution(id) is { } execution && await views.FindAsync(execution.Run, cancellationToken) is { } view
                ? Page(view.Retries(execution.Number), skip, take) with { Links = [] }
                : new([], 0) { Links = [] }).RequireAccess(AccessRole.Viewer);
    }

    static async Task<ElsaPage<JournalRecord>?> JournalAsync(
        string id, int? skip, int? take, JournalFilter? filter, InstanceViews views, RunStore runs, CancellationToken cancellationToken)
    {
        if (await views.FindAsync(id, cancellationToken) is not { } view) return null;
        var lines = view.Journal(await runs.ListLogAsync(view.Found.Run.Id, cancellationToken));
        return Page(filter is null ? lines : [.. lines.Where(line =>
            Allows(filter.ActivityIds, line.ActivityId) && Allows(filter.ActivityNodeIds, line.NodeId) && Allows(filter.EventNames, line.EventName)
            && !(filter.ExcludedActivityTypes ?? []).Contains(line.ActivityType))], skip, take);
    }

    static bool Allows(IReadOnlyList<string>? wanted, string value) => wanted is null or [] || wanted.Contains(value);

    static ElsaPage<T> Page<T>(IReadOnlyList<T> all, int? skip, int? take) =>
        new([.. all.Skip(Math.Max(skip ?? 0, 0)).Take(Math.Clamp(take ?? LargestPage, 0, LargestPage))], all.Count);

    static async Task<ExecutionRecord?> FindAsync(string? id, InstanceViews views, CancellationToken cancellationToken) =>
        InstanceId.ReadExecution(id) is { } execution && await views.FindAsync(execution.Run, cancellationToken) is { } view
            ? await views.ListAsync(view, [execution.Number], cancellationToken) is [var record] ? record : null
            : null;

    static async Task<object?> CallStackAsync(string id, int? skip, int? take, InstanceViews views, CancellationToken cancellationToken)
    {
        if (InstanceId.ReadExecution(id) is not { } execution || await views.FindAsync(execution.Run, cancellationToken) is not { } view) return null;
        var page = Page(view.CallStack(execution.Number), skip, take);
        return page.TotalCount == 0 ? null : new { ActivityExecutionId = id, page.Items, page.TotalCount };
    }
}
