using System.Text.Json;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// Plan of a rerun: only activities with <see cref="RerunVerdict.Runs"/> or <see cref="RerunVerdict.Depends"/> can execute.
/// </summary>
/// <param name="RunId">The run that is repeated.</param>
/// <param name="Kind">Extent of the rerun.</param>
/// <param name="Activity">Id of the activity that was chosen; <see langword="null"/> for none.</param>
/// <param name="DefinitionId">The workflow.</param>
/// <param name="Partition">The month, such as <c>2026-10</c>.</param>
/// <param name="VersionBefore">Version of the definition that the run executed.</param>
/// <param name="Version">Version that will execute.</param>
/// <param name="IsDefinitionChanged">Whether the two differ, versions aside.</param>
/// <param name="ChangedInputs">Inputs with another value than before.</param>
/// <param name="Activities">Every activity, in the order of work.</param>
public sealed record RerunPlan(
    Guid RunId, RerunKind Kind, string? Activity, string DefinitionId, string? Partition, int VersionBefore, int Version, bool IsDefinitionChanged,
    IReadOnlyList<ChangedInput> ChangedInputs, IReadOnlyList<PlannedActivity> Activities)
{
    /// <summary>
    /// Sum of what the activities took in past runs that this one will, or may, execute; <see langword="null"/> if nothing is known.
    /// </summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>Identifies everything that the plan depends on: a start with it is refused if something has changed since.</summary>
    public string Token { get; init; } = "";

    /// <summary>Assets that the rerun will, or may, write again.</summary>
    public IEnumerable<PlannedWrite> Writes => Activities.SelectMany(activity => activity.Writes).Distinct();
}

/// <summary>An input that gets another value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">The value in the earlier run; undefined for none.</param>
/// <param name="After">The value now.</param>
public sealed record ChangedInput(string Name, JsonElement Before, JsonElement After);

/// <summary>Plan for one activity of a rerun.</summary>
/// <param name="ActivityId">Its id.</param>
/// <param name="Name">Name that people see.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsContainer">Whether it holds others.</param>
/// <param name="Verdict">Verdict on the activity.</param>
/// <param name="Why">The reason, in words.</param>
public sealed record PlannedActivity(string ActivityId, string Name, string Type, bool IsContainer, RerunVerdict Verdict, string Why)
{
    /// <summary>The decision on which it depends; only for <see cref="RerunVerdict.Depends"/>.</summary>
    public string? DependsOn { get; init; }

    /// <summary>The run whose execution counts, even if only its first executions do. <see langword="null"/> for none.</summary>
    public Guid? ReusedFrom { get; init; }

    /// <summary>Time at which that execution ended.</summary>
    public DateTimeOffset? ReusedAt { get; init; }

    /// <summary>Number of executions that are reused: for an activity in a loop, those before the failure.</summary>
    public int ReusedExecutions { get; init; }

    /// <summary>Version of the definition it was executed with; <see langword="null"/> if it was not.</summary>
    public int? VersionBefore { get; init; }

    /// <summary>Version of the definition it will be executed with; <see langword="null"/> if it will not.</summary>
    public int? Version { get; init; }

    /// <summary>
    /// Version of the code that executed it, and of the models that it used; <see langword="null"/> if it was not recorded.
    /// </summary>
    public string? CodeVersionBefore { get; init; }

    /// <summary>
    /// Version of the code it will be executed with; <see langword="null"/> if it will not, or the runtime itself carries it out.
    /// </summary>
    public string? CodeVersion { get; init; }

    /// <summary>Median duration of the activity in past runs; <see langword="null"/> if it will not execute or never did.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>Assets that the activity will write again; empty if it will not execute.</summary>
    public IReadOnlyList<PlannedWrite> Writes { get; init; } = [];

    /// <summary>A further remark for people; <see langword="null"/> if there is none.</summary>
    public string? Note { get; init; }
}

/// <summary>Data that is written again.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
public sealed record PlannedWrite(string Asset, string? Partition);

/// <summary>Verdicts of a rerun plan on an activity.</summary>
public enum RerunVerdict
{
    /// <summary>The activity executes.</summary>
    Runs = 0,

    /// <summary>The activity does not execute: its result in an earlier run counts.</summary>
    Reused = 1,

    /// <summary>The activity may execute: it depends on a decision that is made again.</summary>
    Depends = 2,

    /// <summary>The activity does not execute, as before: the decision that left it out is reused.</summary>
    NotReached = 3,
}
