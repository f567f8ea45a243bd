using System.Text.Json;

namespace Orchestrator.Workflows.Reruns;

/// <summary>What a rerun will do, said beforehand: what executes is within <see cref="RerunVerdict.Runs"/> and <see cref="RerunVerdict.Depends"/>.</summary>
/// <param name="RunId">The run that is repeated.</param>
/// <param name="Kind">How much of it.</param>
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
    /// <summary>Sum of what the activities took in past runs that this one will, or may, execute; <see langword="null"/> where nothing is known.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>Stands for all that the plan rests on: a start with it is refused where something has changed since.</summary>
    public string Token { get; init; } = "";

    /// <summary>What will, or may, be written anew.</summary>
    public IEnumerable<PlannedWrite> Writes => Activities.SelectMany(activity => activity.Writes).Distinct();
}

/// <summary>An input that gets another value.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Before">The value in the earlier run; undefined for none.</param>
/// <param name="After">The value now.</param>
public sealed record ChangedInput(string Name, JsonElement Before, JsonElement After);

/// <summary>What happens to one activity.</summary>
/// <param name="ActivityId">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Type">Its type.</param>
/// <param name="IsContainer">Whether it holds others.</param>
/// <param name="Verdict">What happens to it.</param>
/// <param name="Why">Why, in words.</param>
public sealed record PlannedActivity(string ActivityId, string Name, string Type, bool IsContainer, RerunVerdict Verdict, string Why)
{
    /// <summary>The decision that it hangs on; only of <see cref="RerunVerdict.Depends"/>.</summary>
    public string? DependsOn { get; init; }

    /// <summary>The run whose execution counts; also where only its first executions do. <see langword="null"/> for none.</summary>
    public Guid? ReusedFrom { get; init; }

    /// <summary>When that execution ended.</summary>
    public DateTimeOffset? ReusedAt { get; init; }

    /// <summary>How many executions are reused: of an activity in a loop those before the failure.</summary>
    public int ReusedExecutions { get; init; }

    /// <summary>Version of the definition it was executed with; <see langword="null"/> where it was not.</summary>
    public int? VersionBefore { get; init; }

    /// <summary>Version of the definition it will be executed with; <see langword="null"/> where it will not.</summary>
    public int? Version { get; init; }

    /// <summary>Version of the code it was executed with, and of the models that it used; <see langword="null"/> where nobody noted it.</summary>
    public string? CodeVersionBefore { get; init; }

    /// <summary>Version of the code it will be executed with; <see langword="null"/> where it will not, or the runtime itself carries it out.</summary>
    public string? CodeVersion { get; init; }

    /// <summary>What it took in past runs, as their median; <see langword="null"/> where it will not execute or never did.</summary>
    public TimeSpan? ExpectedDuration { get; init; }

    /// <summary>What it will write anew, as it did before; empty where it will not execute.</summary>
    public IReadOnlyList<PlannedWrite> Writes { get; init; } = [];

    /// <summary>What else a person should know; <see langword="null"/> for nothing.</summary>
    public string? Note { get; init; }
}

/// <summary>Data that is written anew.</summary>
/// <param name="Asset">The asset.</param>
/// <param name="Partition">The month; <see langword="null"/> for an asset that is not partitioned.</param>
public sealed record PlannedWrite(string Asset, string? Partition);

/// <summary>What a rerun does with an activity.</summary>
public enum RerunVerdict
{
    /// <summary>It executes.</summary>
    Runs = 0,

    /// <summary>It does not execute: what it did in an earlier run counts.</summary>
    Reused = 1,

    /// <summary>It may execute: a decision that is made anew leads to it, or away from it.</summary>
    Depends = 2,

    /// <summary>It does not execute, as it did not before: the decision that left it out is reused.</summary>
    NotReached = 3,
}
