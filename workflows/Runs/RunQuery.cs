using System.Runtime.InteropServices;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>Sort keys of a list of runs; runs with the same value are sorted by id.</summary>
public enum RunOrder
{
    /// <summary>By the time at which they were accepted.</summary>
    Created = 0,

    /// <summary>By the time at which they ended; those that have not ended come last.</summary>
    Finished = 1,

    /// <summary>By month; runs without one come last.</summary>
    Partition = 2,

    /// <summary>By the time at which they ended, or began if they have not ended.</summary>
    Changed = 3,

    /// <summary>The workflow's name.</summary>
    Name = 4,
}

/// <summary>A place in a list of runs: the next page begins after it.</summary>
/// <param name="Key">Value that the list is sorted by.</param>
/// <param name="Id">The run.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RunPosition(DateTimeOffset Key, Guid Id);

/// <summary>A range of one of a run's times.</summary>
/// <param name="Column"><see cref="RunOrder.Created"/>, <see cref="RunOrder.Changed"/> or <see cref="RunOrder.Finished"/>.</param>
/// <param name="From">At this time or later; <see langword="null"/> for any.</param>
/// <param name="Before">Before this time; <see langword="null"/> for any.</param>
public sealed record RunTime(RunOrder Column, DateTimeOffset? From, DateTimeOffset? Before);

/// <summary>A query for runs, with its order.</summary>
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

    /// <summary>Conditions on times; all of them apply.</summary>
    public IReadOnlyList<RunTime> Times { get; init; } = [];

    /// <summary>Only those of this chain of reruns.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>Only those with this one; <see langword="null"/> for all.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Part of the id, of the run's name or of the workflow's id or name; case does not matter; empty for all.</summary>
    public string Text { get; init; } = "";

    /// <summary>Only those in which an activity failed for good, or only the others.</summary>
    public bool? HasFaults { get; init; }

    /// <summary>Whether runs whose history was removed are left out. Default false.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Sort key of the list. Default <see cref="RunOrder.Created"/>.</summary>
    public RunOrder Order { get; init; }

    /// <summary>Whether the highest comes first. Default true.</summary>
    public bool IsDescending { get; init; } = true;

    /// <summary>Only those after this place; <see langword="null"/> for the first page.</summary>
    public RunPosition? After { get; init; }

    /// <summary>Only those after this run; <see langword="null"/> for the first page.</summary>
    public Guid? AfterRun { get; init; }

    /// <summary>Number of runs to skip.</summary>
    public int Skip { get; init; }

    /// <summary>Largest number of results; default 50.</summary>
    public int Limit { get; init; } = 50;
}
