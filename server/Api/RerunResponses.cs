using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Server.Api;

/// <summary>What a rerun will do, said beforehand: what executes is within <c>Runs</c> and <c>Depends</c>.</summary>
/// <param name="RunId">The run that is repeated.</param>
/// <param name="Kind">How much of it: <c>Retry</c>, <c>Whole</c>, <c>From</c> or <c>Only</c>.</param>
/// <param name="Activity">Id of the activity that was chosen; null for none.</param>
/// <param name="Workflow">The workflow's id.</param>
/// <param name="Partition">The month; null for none.</param>
/// <param name="VersionBefore">Version of the definition that the run executed.</param>
/// <param name="Version">Version that will execute.</param>
/// <param name="DefinitionChanged">Whether the two differ in what they do.</param>
/// <param name="ChangedInputs">Inputs with another value than before.</param>
/// <param name="Activities">Every activity, in the order of work.</param>
/// <param name="Writes">What will, or may, be written anew.</param>
/// <param name="ExpectedDurationMs">Sum over what will, or may, execute, from past runs; null where nothing is known.</param>
/// <param name="Token">Stands for all that the plan rests on; to be sent as <c>planToken</c> with the start.</param>
public sealed record RerunPlanResponse(
    Guid RunId, RerunKind Kind, string? Activity, string Workflow, string? Partition, int VersionBefore, int Version, bool DefinitionChanged,
    IReadOnlyList<ChangedInput> ChangedInputs, IReadOnlyList<PlannedActivityResponse> Activities, IReadOnlyList<PlannedWrite> Writes, long? ExpectedDurationMs, string Token)
{
    /// <summary>As the API shows it.</summary>
    public static RerunPlanResponse Of(RerunPlan plan) => new(
        plan.RunId, plan.Kind, plan.Activity, plan.DefinitionId, plan.Partition, plan.VersionBefore, plan.Version, plan.IsDefinitionChanged,
        [.. plan.ChangedInputs.Select(input => input.Before.ValueKind is System.Text.Json.JsonValueKind.Undefined ? input with { Before = Nothing } : input)],
        [.. plan.Activities.Select(PlannedActivityResponse.Of)], [.. plan.Writes], Milliseconds(plan.ExpectedDuration), plan.Token);

    internal static long? Milliseconds(TimeSpan? time) => time is { } known ? (long)Math.Round(known.TotalMilliseconds) : null;

    static System.Text.Json.JsonElement Nothing => System.Text.Json.JsonSerializer.SerializeToElement<object?>(null);
}

/// <summary>What happens to one activity.</summary>
/// <param name="ActivityId">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsContainer">Whether it holds others.</param>
/// <param name="Verdict"><c>Runs</c>, <c>Reused</c>, <c>Depends</c> on a decision that is made anew, or <c>NotReached</c>, as before.</param>
/// <param name="Why">Why, in words.</param>
/// <param name="DependsOn">The decision that it hangs on.</param>
/// <param name="ReusedFrom">The run whose execution counts; also where only its first executions do.</param>
/// <param name="ReusedAt">When that execution ended.</param>
/// <param name="ReusedExecutions">How many executions are reused.</param>
/// <param name="VersionBefore">Version of the definition it was executed with.</param>
/// <param name="Version">Version of the definition it will be executed with.</param>
/// <param name="CodeVersionBefore">Version of the code it was executed with, and of the models that it used.</param>
/// <param name="CodeVersion">Version of the code it will be executed with.</param>
/// <param name="ExpectedDurationMs">What it took in past runs.</param>
/// <param name="Writes">What it will write anew.</param>
/// <param name="Note">What else a person should know.</param>
public sealed record PlannedActivityResponse(
    string ActivityId, string Name, string Type, bool IsContainer, RerunVerdict Verdict, string Why, string? DependsOn, Guid? ReusedFrom, DateTimeOffset? ReusedAt,
    int ReusedExecutions, int? VersionBefore, int? Version, string? CodeVersionBefore, string? CodeVersion, long? ExpectedDurationMs, IReadOnlyList<PlannedWrite> Writes, string? Note)
{
    /// <summary>As the API shows it.</summary>
    public static PlannedActivityResponse Of(PlannedActivity planned) => new(
        planned.ActivityId, planned.Name, planned.Type, planned.IsContainer, planned.Verdict, planned.Why, planned.DependsOn, planned.ReusedFrom, planned.ReusedAt,
        planned.ReusedExecutions, planned.VersionBefore, planned.Version, planned.CodeVersionBefore, planned.CodeVersion, RerunPlanResponse.Milliseconds(planned.ExpectedDuration),
        planned.Writes, planned.Note);
}
