using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Api;

/// <summary>Request to cancel a run.</summary>
public sealed record CancelRunRequest
{
    /// <summary>Reason of the cancellation, in words.</summary>
    public string? Reason { get; init; }
}

/// <summary><c>/runs</c>.</summary>
static class RunEndpoints
{
    const string UnknownRun = "run.unknown";

    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("/runs").WithTags("Runs");
        group.MapPost("", StartAsync).RequireAccess(AccessRole.Operator)
            .WithName("startRun").WithSummary("Starts a run of a workflow.")
            .WithDescription("With the header Idempotency-Key, asking again within a week gives the same run (200) instead of starting a second one (201).")
            .WithProblems(404, "workflow.unknown").WithProblems(409, RunAlreadyActiveException.Code)
            .WithProblems(422, InvalidInputsException.Code, PartitionOutOfRangeException.Code, RunStarts.NeedsPartition,
                IdempotentStarts.KeyReused, "definition.invalid")
            .WithProblems(400, "request.bad_month", IdempotentStarts.BadKey).WithProblems(503, "server.draining");
        api.MapPost("/workflows/run", RunDefinitionAsync).RequireAccess(AccessRole.Author)
            .WithTags("Workflows").WithName("runDefinition").WithSummary("Starts a run of a definition in the request.")
            .WithProblems(409, RunAlreadyActiveException.Code)
            .WithProblems(422, InvalidInputsException.Code, PartitionOutOfRangeException.Code, RunStarts.NeedsPartition,
                IdempotentStarts.KeyReused, "definition.invalid")
            .WithProblems(400, "request.bad_month", IdempotentStarts.BadKey).WithProblems(503, "server.draining");
        group.MapGet("", ListAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listRuns").WithSummary("Lists runs, in pages, newest first.")
            .WithProblems(400, "request.bad_limit", "request.bad_cursor", "request.bad_status", "request.bad_month", "request.bad_sort");
        group.MapGet("/{id}", ShowAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showRun").WithSummary("Shows a run with its inputs.").WithProblems(404, UnknownRun);
        group.MapGet("/{id}/definition", ShowDefinitionAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showRunDefinition").WithSummary("Shows the definition that a run executes, as it was when the run was accepted.").WithProblems(404, UnknownRun);
        group.MapGet("/{id}/activities", ListActivitiesAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listActivities")
            .WithSummary("Lists the activities of a run with every attempt, in pages, in the order of scheduling.")
            .WithProblems(404, UnknownRun).WithProblems(400, "request.bad_limit", "request.bad_cursor");
        group.MapGet("/{id}/activities/{number}", ShowActivityAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showActivity").WithSummary("Shows one activity of a run with every attempt.").WithProblems(404, UnknownRun, "activity.unknown");
        group.MapGet("/{id}/log", ListLogAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listLog").WithSummary("Lists the log lines of a run's activities, in pages, in order.")
            .WithProblems(404, UnknownRun).WithProblems(400, "request.bad_limit", "request.bad_cursor");
        group.MapGet("/{id}/outputs", ListOutputsAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listOutputs").WithSummary("Lists the outputs of each activity of a run.").WithProblems(404, UnknownRun);
        group.MapGet("/{id}/checks", ListChecksAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listRunChecks").WithSummary("Lists the checks of a run's activities, including failed attempts.")
            .WithProblems(404, UnknownRun);
        group.MapGet("/{id}/materializations", ListMaterializationsAsync).RequireAccess(AccessRole.Viewer)
            .WithName("listRunMaterializations")
            .WithSummary("Lists the materializations of a run, with the exact data that was read for them.").WithProblems(404, UnknownRun);
        group.MapPost("/{id}/cancel", CancelAsync).RequireAccess(AccessRole.Operator)
            .WithName("cancelRun").WithSummary("Cancels a run; its worker sees the request within two seconds.")
            .WithProblems(404, UnknownRun).WithProblems(409, "run.has_ended");
        RunEventEndpoints.Map(group);
    }

    /// <summary>Finds a run that must exist.</summary>
    /// <exception cref="ApiException"><c>run.unknown</c>.</exception>
    /// <param name="what">What is asked for of it; <see langword="null"/> for the run itself.</param>
    public static async Task<Run> FindAsync(this RunStore runs, Guid id, string? what, CancellationToken cancellationToken) =>
        await runs.FindAsync(id, cancellationToken) ?? throw new ApiException(404, UnknownRun,
            $"There is no run {id}{(what is null ? "" : $", so it has no {what}")}. GET {ApiRoutes.Root}/runs lists the ids.");

    static async Task<Results<Created<RunResponse>, Ok<RunResponse>>> StartAsync(
        StartRunRequest request, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, DefinitionStore definitions, RunStarts starts,
        CancellationToken cancellationToken) =>
        await AcceptAsync(await WorkflowEndpoints.FindAsync(definitions, request.Workflow, cancellationToken), isAdHoc: false, request, key, context, starts, cancellationToken);

    static Task<Results<Created<RunResponse>, Ok<RunResponse>>> RunDefinitionAsync(
        RunDefinitionRequest request, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, DefinitionLibrary workflows, RunStarts starts,
        CancellationToken cancellationToken) =>
        AcceptAsync(workflows.Read(request.Definition.GetRawText()), isAdHoc: true, request, key, context, starts, cancellationToken);

    static async Task<Results<Created<RunResponse>, Ok<RunResponse>>> AcceptAsync(
        WorkflowDefinition definition, bool isAdHoc, StartOptions options, string? key, HttpContext context, RunStarts starts, CancellationToken cancellationToken)
    {
        var (run, isNew) = await starts.StartAsync(definition, isAdHoc, options, key, context.StartedBy(), cancellationToken);
        return isNew ? TypedResults.Created($"{ApiRoutes.Root}/runs/{run.Id}", RunResponse.Of(run)) : TypedResults.Ok(RunResponse.Of(run));
    }

    static async Task<Page<RunResponse>> ListAsync(
        RunStore runs, CancellationToken cancellationToken,
        [Description("Any of these, separated by commas, such as Queued,Running.")] string? status = null,
        [Description("Only of this workflow.")] string? workflow = null,
        [Description("Only of this month.")] string? partition = null,
        [Description("Only of months from this one on.")] string? fromPartition = null,
        [Description("Only of months up to this one.")] string? toPartition = null,
        [Description("Only those accepted at this time or later.")] DateTimeOffset? createdFrom = null,
        [Description("Only those accepted before this time.")] DateTimeOffset? createdBefore = null,
        [Description("Only of the chain of reruns that begins with this run.")] Guid? rootRun = null,
        [Description("created, finished or partition; a minus before it for the highest first. Default -created.")] string? sort = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        var (order, isDescending) = ReadSort(sort);
        var (month, first, last) = (
            RequestValues.Month("partition", partition), RequestValues.Month("fromPartition", fromPartition),
                RequestValues.Month("toPartition", toPartition));
        var most = PageCursor.Limit(limit);
        var found = await runs.ListPageAsync(new RunQuery
        {
            Statuses = RequestValues.Statuses(status), DefinitionIds = workflow is null ? [] : [workflow], FirstPartition = month ?? first,
            LastPartition = month ?? last, Times = [new(RunOrder.Created, createdFrom, createdBefore)], RootRun = rootRun,
            Order = order, IsDescending = isDescending, After = ReadPosition(cursor, sort), Limit = most + 1,
        }, cancellationToken);
        return PageCursor.Page(found, most, run => RunResponse.Of(run.Run), run => [sort ?? "", run.Position.Key, run.Position.Id]);
    }

    static (RunOrder Order, bool IsDescending) ReadSort(string? sort) => sort switch
    {
        null or "-created" => (RunOrder.Created, true),
        "created" => (RunOrder.Created, false),
        "-finished" => (RunOrder.Finished, true),
        "finished" => (RunOrder.Finished, false),
        "-partition" => (RunOrder.Partition, true),
        "partition" => (RunOrder.Partition, false),
        _ => throw new ApiException(400, "request.bad_sort", $"'{sort}' is nothing to sort runs by. There are created, finished and partition, each with a minus before it for the highest first."),
    };

    static RunPosition? ReadPosition(string? cursor, string? sort) => cursor is null ? null
        : PageCursor.Read(cursor) is [var order, var key, var id] && order == (sort ?? "") && Guid.TryParse(id, out var run)
            && long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTimeOffset.MaxValue.UtcTicks
            ? new(new(ticks, TimeSpan.Zero), run)
            : throw PageCursor.Bad(cursor);

    static async Task<RunDetailResponse> ShowAsync(Guid id, RunStore runs, IOptions<TelemetryOptions> telemetry, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(id, what: null, cancellationToken);
        return new(RunResponse.Of(run), await runs.GetInputsAsync(id, cancellationToken), telemetry.Value.TraceAddress(run.TraceParent));
    }

    static async Task<JsonElement> ShowDefinitionAsync(Guid id, RunStore runs, CancellationToken cancellationToken)
    {
        await runs.FindAsync(id, "definition", cancellationToken);
        return (await runs.GetDefinitionAsync(id, cancellationToken)).Document;
    }

    static async Task<Page<ActivityResponse>> ListActivitiesAsync(
        Guid id, RunStore runs, CancellationToken cancellationToken,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        await runs.FindAsync(id, "activities", cancellationToken);
        var most = PageCursor.Limit(limit);
        var after = (int)Math.Min(PageCursor.ReadNumber(cursor) ?? 0, int.MaxValue);
        var found = await runs.ListExecutionsAsync(id, after, most + 1, cancellationToken);
        var attempts = (await runs.ListAttemptsAsync(id, [.. found.Select(execution => execution.Number)],
            cancellationToken)).ToLookup(attempt => attempt.Number);
        return PageCursor.Page(found, most, execution => ActivityResponse.Of(execution, attempts[execution.Number]), execution =>
            [execution.Number]);
    }

    static async Task<ActivityResponse> ShowActivityAsync(Guid id, int number, RunStore runs, CancellationToken cancellationToken)
    {
        await runs.FindAsync(id, "activities", cancellationToken);
        if (await runs.FindExecutionAsync(id, number, cancellationToken) is { } execution)
            return ActivityResponse.Of(execution, await runs.ListAttemptsAsync(id, [number], cancellationToken));
        throw new ApiException(404, "activity.unknown", $"Run {id} has no activity number {number}. GET {ApiRoutes.Root}/runs/{id}/activities lists the numbers.");
    }

    static async Task<Page<LogLineResponse>> ListLogAsync(
        Guid id, RunStore runs, CancellationToken cancellationToken,
        [Description("Only of this activity.")] string? activity = null,
        [Description("'next' of the previous page.")] string? cursor = null,
        [Description("Items of a page, 1 to 500. Default 50.")] int? limit = null)
    {
        await runs.FindAsync(id, "log", cancellationToken);
        var most = PageCursor.Limit(limit);
        var found = await runs.ListLogAsync(id, activity, PageCursor.ReadNumber(cursor) ?? 0, most + 1, cancellationToken);
        return PageCursor.Page(found, most, static line => LogLineResponse.Of(line.Line), static line => [line.Place]);
    }

    static async Task<IReadOnlyList<OutputsResponse>> ListOutputsAsync(Guid id, RunStore runs, CancellationToken cancellationToken)
    {
        await runs.FindAsync(id, "outputs", cancellationToken);
        return [.. (await runs.ListExecutionsAsync(id, cancellationToken)).Where(execution => execution.Status is ActivityStatus.Succeeded && execution.Outputs.Count > 0)
            .GroupBy(execution => execution.ActivityId, StringComparer.Ordinal)
            .Select(activity => activity.Last()).Select(last => new OutputsResponse(last.ActivityId, last.Number, last.Outputs))];
    }

    static async Task<IReadOnlyList<CheckResponse>> ListChecksAsync(Guid id, RunStore runs, CancellationToken cancellationToken)
    {
        await runs.FindAsync(id, "checks", cancellationToken);
        return [.. (await runs.ListChecksAsync(id, cancellationToken)).Select(CheckResponse.Of)];
    }

    static async Task<IReadOnlyList<MaterializationResponse>> ListMaterializationsAsync(
        Guid id, RunStore runs, PostgresAssetCatalog catalog, AssetAddresses addresses, CancellationToken cancellationToken)
    {
        await runs.FindAsync(id, "materializations", cancellationToken);
        return [.. (await catalog.ListOfRunAsync(id, cancellationToken)).Select(addresses.Show)];
    }

    static async Task<RunResponse> CancelAsync(
        Guid id, HttpContext context, RunStore runs, CancellationToken cancellationToken, CancelRunRequest? request = null)
    {
        var run = await runs.FindAsync(id, "end to ask for", cancellationToken);
        if (!await runs.RequestCancelAsync(id, request?.Reason is { Length: > 0 } reason ? reason : $"Cancelled by {context.StartedBy()}.", cancellationToken))
            throw new ApiException(409, "run.has_ended", $"Run {id} has ended: it is {run.Status}.");
        return RunResponse.Of(await runs.FindAsync(id, "end", cancellationToken));
    }
}
