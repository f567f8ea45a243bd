using System.IO.Compression;
using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Elsa;

/// <summary>Request for an operation on many runs.</summary>
sealed record InstanceBulkRequest
{
    public IReadOnlyList<string>? Ids { get; init; }
    public string? DefinitionId { get; init; }
    public string? DefinitionVersionId { get; init; }
}

/// <summary>A run in an export: its state, journal and executions.</summary>
sealed record ExportedInstance(InstanceState WorkflowState, IReadOnlyList<JournalRecord> WorkflowExecutionLogRecords, IReadOnlyList<ExecutionRecord> ActivityExecutionRecords);

/// <summary><c>/bulk-actions/*/workflow-instances</c> and export: operations on many runs.</summary>
static class InstanceBulkEndpoints
{
    const int Most = 1_000;

    public static void Map(RouteGroupBuilder elsa)
    {
        elsa.MapPost("/bulk-actions/delete/workflow-instances/by-id", DeleteAsync).RequireAccess(AccessRole.Author).WithName("deleteInstances");
        elsa.MapPost("/bulk-actions/cancel/workflow-instances", CancelAsync).RequireAccess(AccessRole.Operator).WithName("cancelInstances");
        elsa.MapPost("/bulk-actions/export/workflow-instances", ExportManyAsync).RequireAccess(AccessRole.Viewer).ChangesNothing();
        // Runs of another server cannot be imported.
        elsa.MapPost("/bulk-actions/import/workflow-instances", static () => new { Count = 0 }).RequireAccess(AccessRole.Author).ChangesNothing();
        elsa.MapGet("/workflow-instances/{id}/export", ExportOneAsync).RequireAccess(AccessRole.Viewer);
    }

    static async Task<object> DeleteAsync(ElsaBody<InstanceBulkRequest> body, HttpContext context, RunStore runs, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var id in Ids(body.Value)) deleted += await runs.RemoveAsync(id, context.StartedBy(), cancellationToken) ? 1 : 0;
        return new { Deleted = deleted };
    }

    static async Task<object> CancelAsync(ElsaBody<InstanceBulkRequest> body, HttpContext context, RunStore runs, CancellationToken cancellationToken)
    {
        var ids = Ids(body.Value);
        if (body.Value.Ids is null && (body.Value.DefinitionId ?? body.Value.DefinitionVersionId) is not null)
        {
            var (found, _) = await runs.SearchAsync(new()
            {
                DefinitionIds = body.Value.DefinitionId is { } definition ? [definition] : [], Statuses = InstanceStatus.Find([InstanceStatus.Running], []), Limit = Most,
            }, cancellationToken);
            ids = [.. found.Where(run => body.Value.DefinitionVersionId is null || run.DefinitionVersionId == body.Value.DefinitionVersionId).Select(run => run.Run.Id)];
        }
        var cancelled = await Task.WhenAll(ids.Select(id => runs.EndAsync(id, context.StartedBy(), cancellationToken)));
        return new { CancelledCount = cancelled.Count(isCancelled => isCancelled) };
    }

    static async Task<IResult> ExportOneAsync(string id, InstanceViews views, RunStore runs, CancellationToken cancellationToken) =>
        await views.FindAsync(id, cancellationToken) is { } view
            ? Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(await ExportAsync(view, views, runs, cancellationToken), ElsaJson.Options), "application/octet-stream", FileName(view))
            : Results.NotFound();

    static async Task<IResult> ExportManyAsync(ElsaBody<InstanceBulkRequest> body, InstanceViews views, RunStore runs, CancellationToken cancellationToken)
    {
        var found = new List<InstanceView>();
        foreach (var id in Ids(body.Value))
            if (await views.FindAsync(id, cancellationToken) is { } view) found.Add(view);
        if (found.Count == 0) return Results.NotFound();
        if (found is [var only]) return await ExportOneAsync(InstanceId.Of(only.Found.Run.Id), views, runs, cancellationToken);
        using var content = new MemoryStream();
        await using (var archive = new ZipArchive(content, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var view in found)
            {
                await using var entry = await archive.CreateEntry(FileName(view)).OpenAsync(cancellationToken);
                await JsonSerializer.SerializeAsync(entry, await ExportAsync(view, views, runs, cancellationToken), ElsaJson.Options, cancellationToken);
            }
        }
        return Results.Bytes(content.ToArray(), "application/zip", "workflow-instances.zip");
    }

    static async Task<ExportedInstance> ExportAsync(InstanceView view, InstanceViews views, RunStore runs, CancellationToken cancellationToken) => new(
        view.State(), view.Journal(await runs.ListLogAsync(view.Found.Run.Id, cancellationToken)), await views.ListAsync(view, view.NumbersOf(nodeId: null), cancellationToken));

    static string FileName(InstanceView view) => $"{SafeNames.Of(view.Found.Run.DefinitionId)}-{InstanceId.Of(view.Found.Run.Id)}.json";

    static List<Guid> Ids(InstanceBulkRequest request)
    {
        if (request.Ids is { Count: > Most }) throw ElsaProblems.Refused($"{request.Ids.Count} instances are too many at once; there may be {Most}.");
        return [.. (request.Ids ?? []).Select(id => Guid.TryParse(id, out var run) ? run : Guid.Empty).Where(run => run != Guid.Empty).Distinct()];
    }
}
