using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>Query of a list of runs.</summary>
sealed record InstanceListRequest
{
    public int? Page { get; init; }
    public int? PageSize { get; init; }
    public string? SearchTerm { get; init; }
    public string? DefinitionId { get; init; }
    public IReadOnlyList<string>? DefinitionIds { get; init; }
    public string? CorrelationId { get; init; }
    public int? Version { get; init; }
    public bool? HasIncidents { get; init; }
    public bool? IsSystem { get; init; }
    public string? Status { get; init; }
    public IReadOnlyList<string>? Statuses { get; init; }
    public string? SubStatus { get; init; }
    public IReadOnlyList<string>? SubStatuses { get; init; }
    public string? OrderBy { get; init; }
    public string? OrderDirection { get; init; }
    public IReadOnlyList<TimestampFilter>? TimestampFilters { get; init; }
}

/// <summary>Filter on a time of a run.</summary>
/// <param name="Column"><c>CreatedAt</c>, <c>UpdatedAt</c> or <c>FinishedAt</c>.</param>
/// <param name="Operator">Such as <c>GreaterThanOrEqual</c>.</param>
/// <param name="Timestamp">The time to compare with.</param>
sealed record TimestampFilter(string Column, string Operator, DateTimeOffset Timestamp);

/// <summary>Status of a run, in short.</summary>
sealed record ExecutionStateResponse(string Status, string SubStatus, DateTimeOffset UpdatedAt);

/// <summary><c>/workflow-instances</c>: runs.</summary>
static class InstanceEndpoints
{
    const int LargestPage = 1_000;

    public static void Map(RouteGroupBuilder elsa)
    {
        var instances = elsa.MapGroup("/workflow-instances");
        instances.MapPost("", ListAsync).RequireAccess(AccessRole.Viewer).ChangesNothing();
        instances.MapGet("/{id}", async (string id, InstanceViews views, CancellationToken cancellationToken) => (await views.FindAsync(id, cancellationToken))?.Instance())
            .RequireAccess(AccessRole.Viewer);
        instances.MapGet("/{id}/execution-state", StateAsync).RequireAccess(AccessRole.Viewer);
        instances.MapGet("/{id}/variables", VariablesAsync).RequireAccess(AccessRole.Viewer);
        instances.MapDelete("/{id}", DeleteAsync).RequireAccess(AccessRole.Author).WithName("deleteInstance");
        elsa.MapPost("/cancel/workflow-instances/{id}", CancelAsync).RequireAccess(AccessRole.Operator).WithName("cancelInstance");
    }

    /// <summary>Cancels a run and waits a moment for its end, so that the next list shows it.</summary>
    /// <returns>False if there is no such run, or it has ended.</returns>
    public static async Task<bool> EndAsync(this RunStore runs, Guid id, string by, CancellationToken cancellationToken)
    {
        if (!await runs.RequestCancelAsync(id, $"Cancelled by {by}.", cancellationToken)) return false;
        using var moment = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        moment.CancelAfter(TimeSpan.FromSeconds(3));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (await runs.FindAsync(id, moment.Token) is { Status.IsFinal: false }) await timer.WaitForNextTickAsync(moment.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The activity needs longer to end.
        }
        return true;
    }

    /// <summary>Deletes a run; an active one is canceled first.</summary>
    /// <returns>False if there is no such run.</returns>
    /// <exception cref="ApiException"><c>run.not_ended</c>.</exception>
    public static async Task<bool> RemoveAsync(this RunStore runs, Guid id, string by, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run) return false;
        if (!run.Status.IsFinal) await runs.EndAsync(id, by, cancellationToken);
        return await runs.DeleteAsync(id, cancellationToken)
            ? true
            : throw new ApiException(409, "run.not_ended", $"Run {id} is being cancelled, but its activity has not ended yet. Delete it when it has.");
    }

    static async Task<ElsaPage<InstanceSummary>> ListAsync(ElsaBody<InstanceListRequest> body, RunStore runs, CancellationToken cancellationToken)
    {
        var asked = body.Value;
        // There are no system runs here.
        if (asked.IsSystem is true) return new([], 0);
        var size = asked.PageSize is > 0 and { } given ? Math.Min(given, LargestPage) : LargestPage;
        var (found, total) = await runs.SearchAsync(new()
        {
            Text = asked.SearchTerm?.Trim() ?? "", DefinitionIds = [.. Many(asked.DefinitionId, asked.DefinitionIds)], Version = asked.Version,
            CorrelationId = string.IsNullOrEmpty(asked.CorrelationId) ? null : asked.CorrelationId, HasFaults = asked.HasIncidents,
            Statuses = InstanceStatus.Find([.. Many(asked.Status, asked.Statuses)], [.. Many(asked.SubStatus, asked.SubStatuses)]),
            Times = [.. (asked.TimestampFilters ?? []).Where(filter => filter.Timestamp > DateTimeOffset.MinValue).Select(ReadTime)], Order = ReadOrder(asked.OrderBy),
            IsDescending = asked.OrderDirection is not ("Ascending" or "0") || asked.OrderBy is null, Skip = Math.Clamp(asked.Page ?? 0, 0, int.MaxValue / size) * size, Limit = size,
        }, cancellationToken);
        return new([.. found.Select(InstanceView.Summary)], total);
    }

    static IEnumerable<string> Many(string? one, IReadOnlyList<string>? many) => (many ?? []).Concat(string.IsNullOrEmpty(one) ? [] : [one]);

    static RunOrder ReadOrder(string? order) => order switch
    {
        "LastExecuted" or "UpdatedAt" => RunOrder.Changed,
        "Finished" or "FinishedAt" => RunOrder.Finished,
        "Name" => RunOrder.Name,
        _ => RunOrder.Created,
    };

    static RunTime ReadTime(TimestampFilter filter)
    {
        var column = filter.Column switch
        {
            "CreatedAt" => RunOrder.Created,
            "UpdatedAt" => RunOrder.Changed,
            "FinishedAt" => RunOrder.Finished,
            _ => throw ElsaProblems.Refused($"'{filter.Column}' is no time of an instance. There are CreatedAt, UpdatedAt and FinishedAt."),
        };
        var (at, next) = (filter.Timestamp, filter.Timestamp.AddTicks(TimeSpan.TicksPerMicrosecond));
        return filter.Operator switch
        {
            "Is" => new(column, at, next),
            "GreaterThan" => new(column, next, Before: null),
            "GreaterThanOrEqual" => new(column, at, Before: null),
            "LessThan" => new(column, From: null, at),
            "LessThanOrEqual" => new(column, From: null, next),
            _ => throw ElsaProblems.Refused($"'{filter.Operator}' is nothing to compare times by. There are Is, GreaterThan, GreaterThanOrEqual, LessThan and LessThanOrEqual."),
        };
    }

    static async Task<ExecutionStateResponse?> StateAsync(string id, InstanceViews views, CancellationToken cancellationToken) =>
        await views.FindAsync(id, cancellationToken) is { } view ? new(view.Status.Status, view.Status.SubStatus, view.UpdatedAt) : null;

    static async Task<object?> VariablesAsync(string id, InstanceViews views, CancellationToken cancellationToken) => await views.FindAsync(id, cancellationToken) is { } view
        ? new ElsaList<object>([.. view.Definition.Variables.Select(variable => new { variable.Id, variable.Name, Value = view.History.Variables.TryGetValue(variable.Id, out var value) ? value : default })
            .Select(variable => variable.Value.ValueKind is System.Text.Json.JsonValueKind.Undefined ? (object)new { variable.Id, variable.Name } : variable)])
        : null;

    static async Task<IResult> DeleteAsync(string id, HttpContext context, RunStore runs, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var run) && await runs.RemoveAsync(run, context.StartedBy(), cancellationToken) ? Results.NoContent() : Results.NotFound();

    static async Task<IResult> CancelAsync(string id, HttpContext context, RunStore runs, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var run) || await runs.FindAsync(run, cancellationToken) is null) return Results.NotFound();
        // A run that has ended already needs nothing.
        await runs.EndAsync(run, context.StartedBy(), cancellationToken);
        return Results.Ok();
    }
}
