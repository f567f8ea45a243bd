using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Server.Api;

/// <summary>Plan of a rerun; the activities with the verdicts <c>Runs</c> and <c>Depends</c> are the most that executes.</summary>
/// <param name="RunId">The run that is repeated.</param>
/// <param name="Kind">Scope: <c>Retry</c>, <c>Whole</c>, <c>From</c> or <c>Only</c>.</param>
/// <param name="Activity">Id of the activity that was chosen; null for none.</param>
/// <param name="Workflow">The workflow's id.</param>
/// <param name="Partition">The month; null for none.</param>
/// <param name="VersionBefore">Version of the definition that the run executed.</param>
/// <param name="Version">Version that will execute.</param>
/// <param name="DefinitionChanged">Whether the two differ in what they do.</param>
/// <param name="ChangedInputs">Inputs with another value than before.</param>
/// <param name="Activities">Every activity, in the order of work.</param>
/// <param name="Writes">Data that will, or may, be written again.</param>
/// <param name="ExpectedDurationMs">Expected duration of what will, or may, execute, from past runs; null if unknown.</param>
/// <param name="Token">Token of the state that the plan is based on; send it as <c>planToken</c> to start the rerun.</param>
public sealed record RerunPlanResponse(
    Guid RunId, RerunKind Kind, string? Activity, string Workflow, string? Partition, int VersionBefore, int Version, bool DefinitionChanged,
    IReadOnlyList<ChangedInput> ChangedInputs, IReadOnlyList<PlannedActivityResponse> Activities, IReadOnlyList<PlannedWrite> Writes, long? ExpectedDurationMs, string Token)
{
    /// <summary>Converts the plan of a rerun to the form of the API.</summary>
    public static RerunPlanResponse Of(RerunPlan plan) => new(
        plan.RunId, plan.Kind, plan.Activity, plan.DefinitionId, plan.Partition, plan.VersionBefore, plan.Version, plan.IsDefinitionChanged,
        [.. plan.ChangedInputs.Select(input => input.Before.ValueKind is System.Text.Json.JsonValueKind.Undefined ? input with { Before = Nothing } : input)],
        [.. plan.Activities.Select(PlannedActivityResponse.Of)], [.. plan.Writes], Milliseconds(plan.ExpectedDuration), plan.Token);

    internal static long? Milliseconds(TimeSpan? time) => time is { } known ? (long)Math.Round(known.TotalMilliseconds) : null;

    static System.Text.Json.JsonElement Nothing => System.Text.Json.JsonSerializer.SerializeToElement<object?>(null);
}

/// <summary>An activity in the plan of a rerun.</summary>
/// <param name="ActivityId">Its id.</param>
/// <param name="Name">Display name.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsContainer">Whether it contains other activities.</param>
/// <param name="Verdict"><c>Runs</c>, <c>Reused</c>, <c>Depends</c> on a decision that is made again, or <c>NotReached</c>, as
/// before.</param>
/// <param name="Why">The reason, in words.</param>
/// <param name="DependsOn">The decision that it depends on.</param>
/// <param name="ReusedFrom">The run whose execution is reused, also if only its first executions are.</param>
/// <param name="ReusedAt">Time at which that execution ended.</param>
/// <param name="ReusedExecutions">Number of reused executions.</param>
/// <param name="VersionBefore">Version of the definition in the earlier run.</param>
/// <param name="Version">Version of the definition in the rerun.</param>
/// <param name="CodeVersionBefore">Version of the code and models in the earlier run.</param>
/// <param name="CodeVersion">Version of the code in the rerun.</param>
/// <param name="ExpectedDurationMs">Duration in past runs.</param>
/// <param name="Writes">Data that it will write again.</param>
/// <param name="Note">Further remark for people.</param>
public sealed record PlannedActivityResponse(
    string ActivityId, string Name, string Type, bool IsContainer, RerunVerdict Verdict, string Why, string? DependsOn, Guid? ReusedFrom, DateTimeOffset? ReusedAt,
    int ReusedExecutions, int? VersionBefore, int? Version, string? CodeVersionBefore, string? CodeVersion, long? ExpectedDurationMs, IReadOnlyList<PlannedWrite> Writes, string? Note)
{
    /// <summary>Converts an activity in a plan to the form of the API.</summary>
    public static PlannedActivityResponse Of(PlannedActivity planned) => new(
        planned.ActivityId, planned.Name, planned.Type, planned.IsContainer, planned.Verdict, planned.Why, planned.DependsOn, planned.ReusedFrom, planned.ReusedAt,
        planned.ReusedExecutions, planned.VersionBefore, planned.Version, planned.CodeVersionBefore, planned.CodeVersion, RerunPlanResponse.Milliseconds(planned.ExpectedDuration),
        planned.Writes, planned.Note);
}
