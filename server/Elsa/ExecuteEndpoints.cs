using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Elsa;

/// <summary>Request to start a run.</summary>
sealed record ExecuteRequest
{
    public string? CorrelationId { get; init; }
    public string? TriggerActivityId { get; init; }
    public string? VersionOptions { get; init; }
    public string? InstanceId { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Input { get; init; }
}

/// <summary>
/// <c>/workflow-definitions/{id}/execute</c> and <c>dispatch</c>. Elsa's execute returns when the run first waits or ends. Here it also
/// returns when a job has got its slot, which is where Elsa would suspend, and after <see cref="Longest"/> in any case; the run
/// continues.
/// </summary>
static class ExecuteEndpoints
{
    /// <summary>Header that our page adds to the Studio's requests.</summary>
    const string MonthHeader = "X-Orchestrator-Month";

    /// <summary>Longest time that a call waits for its run. The run continues.</summary>
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static void Map(RouteGroupBuilder elsa)
    {
        elsa.MapPost("/workflow-definitions/{id}/execute", ExecuteAsync).RequireAccess(AccessRole.Operator).WithName("executeDefinition");
        elsa.MapPost("/workflow-definitions/{id}/dispatch", DispatchAsync).RequireAccess(AccessRole.Operator).WithName("dispatchDefinition");
    }

    static async Task<IResult> ExecuteAsync(
        string id, ElsaBody<ExecuteRequest> body, HttpContext context, InstanceStarts starts, InstanceViews views, RunStore runs, RunFeed feed, CancellationToken cancellationToken)
    {
        if (await starts.StartAsync(id, body.Value, AsksForMonth(context), context.StartedBy(), cancellationToken) is not { } run) return Results.NotFound();
        using var watch = feed.Watch(run.Id);
        var view = await WaitAsync(run.Id, watch, views, runs, cancellationToken);
        context.Response.Headers["x-elsa-response"] = "true";
        context.Response.Headers["x-elsa-workflow-cannot-start"] = "False";
        context.Response.Headers["x-elsa-workflow-instance-id"] = InstanceId.Of(run.Id);
        var status = view.Found.Run.Status is RunStatus.Failed ? StatusCodes.Status500InternalServerError : StatusCodes.Status200OK;
        return Results.Json(new { WorkflowState = view.State() }, ElsaJson.Options, statusCode: status);
    }

    static async Task<object?> DispatchAsync(string id, ElsaBody<ExecuteRequest> body, HttpContext context, InstanceStarts starts, CancellationToken cancellationToken) =>
        await starts.StartAsync(id, body.Value, AsksForMonth(context), context.StartedBy(), cancellationToken) is { } run ? new { WorkflowInstanceId = InstanceId.Of(run.Id) } : null;

    /// <summary>Whether the caller is a button that cannot ask for the month; programs get the last complete month.</summary>
    static bool AsksForMonth(HttpContext context) => context.Request.Headers[MonthHeader] == "ask";

    static async Task<InstanceView> WaitAsync(Guid id, RunWatch watch, InstanceViews views, RunStore runs, CancellationToken cancellationToken)
    {
        using var longest = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        longest.CancelAfter(Longest);
        var seen = -1L;
        try
        {
            while (true)
            {
                var now = (await runs.ReadSequencesAsync([id], longest.Token)).GetValueOrDefault(id);
                if (now != seen)
                {
                    seen = now;
                    var view = await views.FindAsync(id, longest.Token);
                    if (view is null || IsSettled(view)) break;
                }
                await watch.WaitAsync(Poll, longest.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller has the id and can follow the run.
        }
        return await views.FindAsync(id, cancellationToken) ?? throw new ApiException(404, "run.unknown", $"Run {id} was deleted before its start was answered.");
    }

    static bool IsSettled(InstanceView view) => view.Found.Run.Status.IsFinal || view.Found.Run.Status is RunStatus.Suspended || view.Started.Any(execution =>
        execution.Status is ActivityStatus.Retrying or ActivityStatus.Suspended || (execution.Status is ActivityStatus.Running && view.NodeOf(execution)?.Kind is ActivityKind.Job));
}

/// <summary>Starter of runs for Elsa's clients.</summary>
sealed class InstanceStarts(DefinitionStore definitions, IdempotentStarts starts, RunStore runs, TimeProvider time)
{
    /// <summary>Name of the input that holds the month of a run, for definitions that declare no such input.</summary>
    const string PartitionInput = "partition";

    /// <summary>Accepts a run.</summary>
    /// <param name="asksForMonth">Whether to refuse a run without a month if the workflow works on one: the run would replace published
    /// data without asking.</param>
    /// <returns>The run; <see langword="null"/> if the definition is unknown.</returns>
    /// <exception cref="ApiException">The month is invalid or has to be chosen, or the server is draining.</exception>
    /// <exception cref="InvalidInputsException">The inputs do not match the definition.</exception>
    public async Task<Run?> StartAsync(string definitionId, ExecuteRequest request, bool asksForMonth, string startedBy, CancellationToken cancellationToken)
    {
        starts.RefuseWhileDraining();
        // As in Elsa: the published version unless another one is requested.
        var versions = string.IsNullOrEmpty(request.VersionOptions) ? VersionOptions.Published : DefinitionEndpoints.Versions(request.VersionOptions);
        if (await definitions.ReadAsync(definitionId, versions, cancellationToken) is not { } definition) return null;
        if (request.CorrelationId is { Length: > 0 } correlation && EventNames.ProblemOfCorrelation(correlation) is { } problem) throw ElsaProblems.Refused(problem);
        var inputs = new Dictionary<string, JsonElement>(request.Input ?? new Dictionary<string, JsonElement>(), StringComparer.Ordinal);
        var month = await TakeMonthAsync(definition, inputs, asksForMonth, cancellationToken);
        var start = runs.Prepare(definition, month, inputs, startedBy);
        return await runs.CreateAsync(start with
        {
            Id = Guid.TryParse(request.InstanceId, out var given) ? given : start.Id,
            WhenActive = WhenActive.Queue,
            CorrelationId = request.CorrelationId,
            IsAdHoc = versions != VersionOptions.Published && !await IsPublishedAsync(definition, cancellationToken),
        }, cancellationToken);
    }

    /// <summary>Whether the definition is exactly the published one.</summary>
    async Task<bool> IsPublishedAsync(WorkflowDefinition definition, CancellationToken cancellationToken) =>
        await definitions.FindPublishedAsync(definition.DefinitionId, cancellationToken) is { } published && published.ToJson() == definition.ToJson();

    /// <summary>Returns the given month; if none is given and data activities need one, the last complete month.</summary>
    async Task<Partition?> TakeMonthAsync(
        WorkflowDefinition definition, Dictionary<string, JsonElement> inputs, bool asksForMonth, CancellationToken cancellationToken)
    {
        if (definition.FindInput(PartitionInput) is null
            && inputs.Keys.FirstOrDefault(name => name.Equals(PartitionInput, StringComparison.OrdinalIgnoreCase)) is { } name && inputs.Remove(name, out var given)
            && given.ValueKind is not JsonValueKind.Null && $"{given}" is { Length: > 0 } text)
        {
            var chosen = RequestValues.MonthOfRun(PartitionInput, text, time);
            if (chosen is null) await RunStarts.RequireNoneAsync(definition, definitions.FindPublishedAsync, cancellationToken);
            return chosen;
        }
        if (asksForMonth && await PartitionNeed.IsRequiredAsync(definition, definitions.FindPublishedAsync, cancellationToken))
        {
            throw ElsaProblems.Refused(
                $"{definition.Name} works on a month, and Run cannot ask for one. Choose it with 'Run for a month…', "
                + "which also shows what is replaced.");
        }
        return await PartitionNeed.TakesOneAsync(definition, definitions.FindPublishedAsync, cancellationToken)
            ? Partition.LastEnded(time) : null;
    }
}
