using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>Request to repeat a run. Without an activity and without <see cref="Retry"/> everything is repeated.</summary>
public sealed record RerunBody
{
    /// <summary>Whether to reuse what succeeded and run the rest. Only for a plan; to start a retry, call <c>retry</c>.</summary>
    public bool Retry { get; init; }

    /// <summary>Activity from which to repeat, with everything downstream: an id, a name, or a type that only one activity has.</summary>
    public string? From { get; init; }

    /// <summary>Activity to repeat alone.</summary>
    public string? Only { get; init; }

    /// <summary>Inputs with a new value: name → value.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>(StringComparer.Ordinal);

    /// <summary>Whether to use the newest definition instead of the run's own.</summary>
    public bool Latest { get; init; }

    /// <summary>Token of the accepted plan: if anything has changed since, nothing is started.</summary>
    public string? PlanToken { get; init; }

    /// <summary>Priority; waiting runs with the highest are claimed first. Default that of the earlier run.</summary>
    public int? Priority { get; init; }

    /// <summary>Handling of another active run for the same month. Default <c>Refuse</c>.</summary>
    public WhenActive WhenActive { get; init; }
}

/// <summary><c>/runs/{id}/rerun-plan</c>, <c>retry</c>, <c>rerun</c> and <c>chain</c>.</summary>
static class RerunEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var run = api.MapGroup("/runs/{id}").WithTags("Reruns");
        run.MapPost("/rerun-plan", PlanAsync).RequireAccess(AccessRole.Viewer)
            .WithName("planRerun")
            .WithSummary("Shows for every activity whether a rerun would execute or reuse it, and why; starts nothing.")
            .WithProblems(404, "run.unknown").WithProblems(409, Conflicts).WithProblems(422, Invalid);
        run.MapPost("/retry", RetryAsync).RequireAccess(AccessRole.Operator)
            .WithName("retryRun")
            .WithSummary("Resumes a run that did not succeed, as a new run: results of succeeded activities are reused.")
            .WithProblems(404, "run.unknown").WithProblems(409, [RunAlreadyActiveException.Code, PlanChangedException.Code, .. Conflicts])
            .WithProblems(422, [.. Invalid, PartitionOutOfRangeException.Code, IdempotentStarts.KeyReused])
            .WithProblems(400, IdempotentStarts.BadKey, "request.bad_value").WithProblems(503, "server.draining");
        run.MapPost("/rerun", RerunAsync).RequireAccess(AccessRole.Operator)
            .WithName("rerunRun").WithSummary("Repeats a run as a new run: the whole run, from an activity on, or one activity alone.")
            .WithProblems(404, "run.unknown").WithProblems(409, [RunAlreadyActiveException.Code, PlanChangedException.Code, .. Conflicts])
            .WithProblems(422, [.. Invalid, PartitionOutOfRangeException.Code, IdempotentStarts.KeyReused])
            .WithProblems(400, IdempotentStarts.BadKey, "request.bad_value").WithProblems(503, "server.draining");
        run.MapGet("/chain", ChainAsync).RequireAccess(AccessRole.Viewer)
            .WithName("showChain").WithSummary("Lists the runs of a chain of reruns: the first one and its reruns, oldest first.")
            .WithProblems(404, "run.unknown");
    }

    static readonly string[] Conflicts = ["rerun.still_active", "rerun.nothing_to_retry", "rerun.not_reached", "rerun.files_gone", "rerun.history_removed"];
    static readonly string[] Invalid = ["rerun.unknown_activity", "rerun.unknown_input", "rerun.bad_input"];

    /// <summary>Creates the error for a run that cannot be repeated as requested.</summary>
    public static ApiException Problem(RerunRefusedException refused) => new(Invalid.Contains(refused.Code, StringComparer.Ordinal) ? 422 : 409, refused.Code, refused.Message);

    static async Task<RerunPlanResponse> PlanAsync(Guid id, RerunStarts starts, CancellationToken cancellationToken, RerunBody? body = null) =>
        RerunPlanResponse.Of(await starts.PlanAsync(Request(id, body ?? new(), body?.Retry is true ? RerunKind.Retry : RerunKind.Whole), cancellationToken));

    static Task<Results<Created<RunResponse>, Ok<RunResponse>>> RetryAsync(
        Guid id, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, RerunStarts starts, CancellationToken cancellationToken, RerunBody? body = null) =>
        body is { From: not null } or { Only: not null }
            ? throw new UsageException("A retry resumes the whole run. To repeat one activity, ask for 'rerun' with 'from' or 'only'.")
            : StartAsync(Request(id, body ?? new(), RerunKind.Retry), body ?? new(), key, context, starts, cancellationToken);

    static Task<Results<Created<RunResponse>, Ok<RunResponse>>> RerunAsync(
        Guid id, [FromHeader(Name = IdempotentStarts.Header)] string? key, HttpContext context, RerunStarts starts, CancellationToken cancellationToken, RerunBody? body = null) =>
        StartAsync(Request(id, body ?? new(), body?.Retry is true ? RerunKind.Retry : RerunKind.Whole), body ?? new(), key, context, starts, cancellationToken);

    static async Task<Results<Created<RunResponse>, Ok<RunResponse>>> StartAsync(
        RerunRequest request, RerunBody body, string? key, HttpContext context, RerunStarts starts, CancellationToken cancellationToken)
    {
        var (run, isNew) = await starts.StartAsync(request, body, key, context.StartedBy(), cancellationToken);
        return isNew ? TypedResults.Created($"{ApiRoutes.Root}/runs/{run.Id}", RunResponse.Of(run)) : TypedResults.Ok(RunResponse.Of(run));
    }

    static async Task<IReadOnlyList<RunResponse>> ChainAsync(Guid id, RerunStore reruns, CancellationToken cancellationToken) =>
        await reruns.ListChainAsync(id, cancellationToken) is { Count: > 0 } chain ? [.. chain.Select(RunResponse.Of)] : throw Unknown(id);

    static RerunRequest Request(Guid id, RerunBody body, RerunKind otherwise) => body is { From: not null, Only: not null }
        ? throw new UsageException("'from' and 'only' are given both. Give one of them.")
        : new(id, body.From is not null ? RerunKind.From : body.Only is not null ? RerunKind.Only : otherwise)
        {
            Activity = body.From ?? body.Only,
            Inputs = body.Inputs,
            Latest = body.Latest,
        };

    /// <summary>Creates the error for an unknown run.</summary>
    public static ApiException Unknown(Guid id) => new(404, "run.unknown", $"There is no run {id}. GET {ApiRoutes.Root}/runs lists the ids.");
}
