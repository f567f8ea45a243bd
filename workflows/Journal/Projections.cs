using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Journal;

/// <summary>A row of <c>run</c>, computed from the journal.</summary>
sealed record RunRow(
    string Status, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string? ErrorCode, string? ErrorMessage, string? ErrorActivityId,
    string? SuspendedReason,
    string? RunName, string? CorrelationId)
{
    public static RunRow Of(RunState state) => new(
        state.Status.ToString(), state.StartedAt, state.FinishedAt, state.Error?.Code, state.Error?.Message, state.Error?.ActivityId,
        state.SuspendedReason, state.Name, state.CorrelationId);
}

/// <summary>A row of <c>activity_execution</c>; the properties are the columns.</summary>
sealed record ExecutionRow(
    Guid RunId, int Number, int? Parent, string ActivityId, string NodeId, string Type, string? Name, string Status, int Attempts,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, IReadOnlyDictionary<string, JsonElement>? Inputs,
    IReadOnlyDictionary<string, JsonElement>? Outputs, IReadOnlyList<string>? Outcomes, IReadOnlyDictionary<string, decimal>? Metrics,
    string? ErrorCode, string? ErrorMessage, Guid? ReusedFrom, int? ReusedNumber)
{
    public static ExecutionRow Of(Guid runId, ActivityNode node, ExecutionState state) => new(
        runId, state.Number, state.Parent, node.Id, node.NodeId, node.Type, node.Name, state.Status.ToString(), state.Attempts.Count,
        state.ScheduledAt,
        state.StartedAt, state.FinishedAt, state.Inputs.Count == 0 ? null : state.Inputs, state.Outputs.Count == 0
            ? null : state.Outputs, state.Outcomes,
        state.Metrics, state.Error?.Code, state.Error?.Message, state.Reused?.FromRun, state.Reused?.FromNumber);
}

/// <summary>A row of <c>activity_log</c>.</summary>
sealed record LogRow(Guid RunId, string ActivityId, int Attempt, DateTimeOffset At, string Event, string? Message);

/// <summary>A row of <c>asset_check_result</c>.</summary>
sealed record CheckRow(
    Guid RunId, string ActivityId, int Attempt, DateTimeOffset At, string CheckName, string Asset, string? Partition, string Severity,
    bool IsPassed,
    string Expected, string Actual, IReadOnlyList<string> OffendingRows)
{
    public static CheckRow Of(ActivityAttempt attempt, DateTimeOffset at, AssetCheckResult check) => new(
        attempt.RunId, attempt.ActivityId, attempt.Attempt, at, check.Check, check.Asset.Name, PartitionColumn.Of(check.Partition),
        check.Severity.ToString(),
        check.IsPassed, check.Expected, check.Actual, check.OffendingRows);
}

/// <summary>A row of <c>materialization</c>, with its rows of <c>materialization_input</c>.</summary>
sealed record MaterializationRow(
    Guid Id, string Asset, string? Partition, Guid RunId, string ActivityId, int Attempt, DateTimeOffset CommittedAt, string Location,
    long Rows, long Bytes,
    IReadOnlyList<AssetFile> Files, IReadOnlyList<AssetColumn> Columns, IReadOnlyDictionary<string, decimal> Figures, string CodeVersion,
    Guid? Supersedes,
    IReadOnlyList<Guid> Inputs, string? Engine, bool IsRemoval = false)
{
    public static MaterializationRow Of(Guid id, ActivityAttempt attempt, DateTimeOffset at, MaterializationDraft draft) => new(
        id, draft.Asset.Name, PartitionColumn.Of(draft.Partition), attempt.RunId, attempt.ActivityId, attempt.Attempt, at, draft.Location,
        draft.Rows, draft.Bytes,
        draft.Files, draft.Columns, draft.Figures, draft.CodeVersion, draft.Supersedes, draft.Inputs, draft.Engine, draft.IsRemoval);
}

static class PartitionColumn
{
    public static string? Of(Partition? partition) => partition?.Start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 1_024)]
[JsonSerializable(typeof(IReadOnlyCollection<ExecutionRow>))]
[JsonSerializable(typeof(IReadOnlyCollection<LogRow>))]
[JsonSerializable(typeof(IReadOnlyCollection<CheckRow>))]
[JsonSerializable(typeof(MaterializationRow))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JsonElement>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, decimal>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<AssetFile>))]
[JsonSerializable(typeof(IReadOnlyList<AssetColumn>))]
sealed partial class ProjectionContext : JsonSerializerContext;
