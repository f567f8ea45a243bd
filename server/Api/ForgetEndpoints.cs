using System.ComponentModel;
using System.Text.Json;
using Orchestrator.Activities.Star;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>Request to forget a month of an asset.</summary>
public sealed record ForgetRequest
{
    /// <summary>The month, such as <c>2026-10</c>; months outside the loadable range are allowed too.</summary>
    [Description("The month, such as 2026-10; months outside the loadable range are allowed too.")]
    public required string Partition { get; init; }

    /// <summary>Whether to return only what would be forgotten. Default false.</summary>
    public bool IsDryRun { get; init; }
}

/// <summary>The data that is forgotten, or would be.</summary>
/// <param name="Asset">The asset that was asked for.</param>
/// <param name="Partition">The month.</param>
/// <param name="IsDryRun">Whether nothing was forgotten yet.</param>
/// <param name="Forgotten">Data that readers no longer see: the month of the asset and of everything that was made from it.</param>
/// <param name="Rebuilt">Assets that are written again without what only the month brought; none if the month had no part in them.</param>
/// <param name="RunId">The run that does it; null for a dry run.</param>
public sealed record ForgetResponse(
    string Asset, string Partition, bool IsDryRun, IReadOnlyList<ForgottenResponse> Forgotten, IReadOnlyList<string> Rebuilt, Guid? RunId);

/// <summary>A month of an asset that is forgotten.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Location">Location of the data; files stay there as history.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Bytes">Bytes of it.</param>
/// <param name="CommittedAt">When it was written.</param>
public sealed record ForgottenResponse(string Asset, string Location, long Rows, long Bytes, DateTimeOffset CommittedAt);

/// <summary><c>/assets/{asset}/forget</c>.</summary>
static class ForgetEndpoints
{
    /// <summary>Id of the workflow whose runs forget months.</summary>
    public const string Workflow = "forget-month";

    const string Busy = "assets.month_busy", NotPartitioned = "assets.not_partitioned";

    static readonly RunStatus[] Open = [.. Enum.GetValues<RunStatus>().Where(status => !status.IsFinal)];

    // A run cannot have a month outside the allowed range as its partition, so the month is an input.
    static readonly WorkflowDefinition Definition = WorkflowDefinition.Parse(
        """
        {
          "id": "forget-month-v1", "definitionId": "forget-month", "name": "Forget a month", "version": 1,
          "description": "Forgets a month of an asset and of what was made from it.",
          "inputs": [
            { "name": "asset", "type": "String", "isRequired": true },
            { "name": "month", "type": "String", "isRequired": true }
          ],
          "root": {
            "id": "Sequence1", "type": "Elsa.Sequence", "version": 1,
            "activities": [
              {
                "id": "ForgetMonth1", "type": "Orchestrator.ForgetMonth", "version": 1,
                "asset": { "typeName": "String", "expression": { "type": "Input", "value": "asset" } },
                "month": { "typeName": "String", "expression": { "type": "Input", "value": "month" } }
              },
              { "id": "LoadDimensions1", "type": "Orchestrator.LoadDimensions", "version": 1 }
            ]
          }
        }
        """, Platform.Registry);

    public static void Map(RouteGroupBuilder api) => api.MapPost("/assets/{asset}/forget", ForgetAsync).RequireAccess(AccessRole.Operator)
        .WithName("forgetMonth")
        .WithSummary("Forgets a month of an asset and of everything that was made from it, or previews that.")
        .WithDescription("A run does the work and survives crashes; GET /runs/{id} shows its progress. Files stay in the store as history.")
        .WithProblems(404, AssetEndpoints.UnknownAsset).WithProblems(400, "request.bad_month").WithProblems(409, Busy)
        .WithProblems(422, NotPartitioned).WithProblems(503, "server.draining");

    static async Task<ForgetResponse> ForgetAsync(
        string asset, ForgetRequest request, HttpContext context, PostgresAssetCatalog catalog, RunStore runs, RunStarts starts,
        CancellationToken cancellationToken)
    {
        var key = RequestValues.Asset(asset);
        if (!Partition.TryParse(request.Partition, out var month))
            throw new ApiException(400, "request.bad_month",
                $"'partition' is '{request.Partition}', which is not a month. Write it as year and month, such as 2026-10.");
        var scope = await ForgetScope.FindAsync(catalog, key, month, cancellationToken);
        if (scope.Forgotten.Count == 0)
        {
            throw await catalog.FindAsync(key, null, cancellationToken) is null
                ? await AssetEndpoints.NotThereAsync(catalog, key, month, cancellationToken)
                : new ApiException(422, NotPartitioned,
                    $"Asset '{key}' has no months: it is written from all of them. "
                    + "Forget the month of what it is made from, such as raw/sales, and it is written again without it.");
        }
        var run = default(Run);
        if (!request.IsDryRun)
        {
            await RefuseWhileBusyAsync(runs, month, cancellationToken);
            var inputs = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["asset"] = JsonSerializer.SerializeToElement(key.Name), ["month"] = JsonSerializer.SerializeToElement(month.ToString()),
            };
            var options = new StartRunRequest { Workflow = Workflow, Partition = StartOptions.NoPartition, Inputs = inputs };
            (run, _) = await starts.StartAsync(Definition, isAdHoc: true, options, key: null, context.StartedBy(), cancellationToken);
        }
        var forgotten = scope.Forgotten.Select(gone => new ForgottenResponse(gone.Asset.Name, gone.Location, gone.Rows, gone.Bytes, gone.CommittedAt));
        return new(key.Name, month.ToString(), request.IsDryRun, [.. forgotten], scope.Rebuilt, run?.Id);
    }

    static async Task RefuseWhileBusyAsync(RunStore runs, Partition month, CancellationToken cancellationToken)
    {
        var query = new RunQuery { Statuses = Open, FirstPartition = month, LastPartition = month, Limit = 1 };
        if (await runs.ListAsync(query, cancellationToken) is [var run, ..])
        {
            throw new ApiException(409, Busy,
                $"Run {run.Id} of {run.DefinitionId} works on {month} and is {run.Status}. "
                + "Nothing was forgotten; wait until it ends or cancel it, then ask again.");
        }
    }
}
