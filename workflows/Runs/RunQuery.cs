using System.Runtime.InteropServices;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>What a list of runs is sorted by; runs with the same value by id.</summary>
public enum RunOrder
{
    /// <summary>When they were accepted.</summary>
    Created = 0,

    /// <summary>When they ended; those that have not ended count as the last.</summary>
    Finished = 1,

    /// <summary>Their month; those without one count as the last.</summary>
    Partition = 2,

    /// <summary>When they ended, or began where they have not ended.</summary>
    Changed = 3,

    /// <summary>The workflow's name.</summary>
    Name = 4,
}

/// <summary>A place in a list of runs: the next page begins behind it.</summary>
/// <param name="Key">Value that the list is sorted by.</param>
/// <param name="Id">The run.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RunPosition(DateTimeOffset Key, Guid Id);

/// <summary>A range of one of a run's times.</summary>
/// <param name="Column"><see cref="RunOrder.Created"/>, <see cref="RunOrder.Changed"/> or <see cref="RunOrder.Finished"/>.</param>
/// <param name="From">At this time or later; <see langword="null"/> for any.</param>
/// <param name="Before">Before this time; <see langword="null"/> for any.</param>
public sealed record RunTime(RunOrder Column, DateTimeOffset? From, DateTimeOffset? Before);

/// <summary>Which runs to find, and in which order.</summary>
public sealed record RunQuery
{
    /// <summary>Only these; <see langword="null"/> for all.</summary>
    public IReadOnlyList<Guid>? Ids { get; init; }

    /// <summary>Any of these; <see langword="null"/> for every status.</summary>
    public IReadOnlyList<RunStatus>? Statuses { get; init; }

    /// <summary>Any of these workflows; empty for all.</summary>
    public IReadOnlyList<string> DefinitionIds { get; init; } = [];

    /// <summary>Only of this version.</summary>
    public int? Version { get; init; }

    /// <summary>Only of months from this one on.</summary>
    public Partition? FirstPartition { get; init; }

    /// <summary>Only of months up to this one.</summary>
    public Partition? LastPartition { get; init; }

    /// <summary>All of these.</summary>
    public IReadOnlyList<RunTime> Times { get; init; } = [];

    /// <summary>Only those of this chain of reruns.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>Only those with this one; <see langword="null"/> for all.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Part of the id, of the run's name or of the workflow's id or name, whatever the case; empty for all.</summary>
    public string Text { get; init; } = "";

    /// <summary>Only those in which an activity failed for good, or only the others.</summary>
    public bool? HasFaults { get; init; }

    /// <summary>Whether runs whose history was removed are left out. Default false.</summary>
    public bool HasHistory { get; init; }

    /// <summary>What to sort by. Default <see cref="RunOrder.Created"/>.</summary>
    public RunOrder Order { get; init; }

    /// <summary>Whether the highest comes first. Default true.</summary>
    public bool IsDescending { get; init; } = true;

    /// <summary>Only those behind this place; <see langword="null"/> for the first page.</summary>
    public RunPosition? After { get; init; }

    /// <summary>Only those behind this run; <see langword="null"/> for the first page.</summary>
    public Guid? AfterRun { get; init; }

    /// <summary>How many to pass over.</summary>
    public int Skip { get; init; }

    /// <summary>At most so many; default 50.</summary>
    public int Limit { get; init; } = 50;
}
