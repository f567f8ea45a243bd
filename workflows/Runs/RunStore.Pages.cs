using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

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
}

/// <summary>Where a page of runs ends: the next one begins behind it.</summary>
/// <param name="Key">Value that the list is sorted by.</param>
/// <param name="Id">The run.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct RunPosition(DateTimeOffset Key, Guid Id);

/// <summary>Which runs to list, and in which order.</summary>
public sealed record RunQuery
{
    /// <summary>Any of these; empty for every status.</summary>
    public IReadOnlyList<RunStatus> Statuses { get; init; } = [];

    /// <summary>Only of this workflow.</summary>
    public string? DefinitionId { get; init; }

    /// <summary>Only of months from this one on.</summary>
    public Partition? FirstPartition { get; init; }

    /// <summary>Only of months up to this one.</summary>
    public Partition? LastPartition { get; init; }

    /// <summary>Only those accepted at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only those accepted before this time.</summary>
    public DateTimeOffset? CreatedBefore { get; init; }

    /// <summary>Only those of this chain of reruns.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>What to sort by. Default <see cref="RunOrder.Created"/>.</summary>
    public RunOrder Order { get; init; }

    /// <summary>Whether the highest comes first. Default true.</summary>
    public bool IsDescending { get; init; } = true;

    /// <summary>Only those behind this place; <see langword="null"/> for the first page.</summary>
    public RunPosition? After { get; init; }

    /// <summary>At most so many; default 50.</summary>
    public int Limit { get; init; } = 50;
}

public sealed partial class RunStore
{
    /// <summary>A page of runs.</summary>
    public async Task<IReadOnlyList<(Run Run, RunPosition Position)>> ListPageAsync(RunQuery query, CancellationToken cancellationToken)
    {
        // Never null, so that a page can begin behind any run.
        var key = query.Order switch
        {
            RunOrder.Created => "run.created_at",
            RunOrder.Finished => "coalesce(run.finished_at, 'infinity')",
            RunOrder.Partition => "coalesce(run.partition::timestamp at time zone 'UTC', 'infinity')",
            _ => throw new ArgumentOutOfRangeException(nameof(query), query.Order, "There is no such order."),
        };
        var (direction, comparison) = query.IsDescending ? ("desc", "<") : ("asc", ">");
        // Only the conditions that are asked for, so that each text has a plan of its own and a page deep in the past begins in an index.
        var conditions = new List<string>();
        if (query.Statuses.Count > 0) conditions.Add("status = any($1)");
        if (query.Statuses.Count > 0 && query.Statuses.All(status => !status.IsFinal)) conditions.Add("finished_at is null");
        if (query.DefinitionId is not null) conditions.Add("definition_id = $2");
        if (query.FirstPartition is not null) conditions.Add("partition >= $3");
        if (query.LastPartition is not null) conditions.Add("partition <= $4");
        if (query.CreatedFrom is not null) conditions.Add("created_at >= $5");
        if (query.CreatedBefore is not null) conditions.Add("created_at < $6");
        if (query.RootRun is not null) conditions.Add("root_run = $7");
        if (query.After is not null) conditions.Add($"({key}, run.id) {comparison} ($8, $9)");
        return await ReadAsync(
            $"""
            select {RunColumns}, {key} from orchestrator.run
            {(conditions.Count > 0 ? $"where {string.Join(" and ", conditions)}" : "")}
            order by {key} {direction}, run.id {direction}
            limit $10
            """,
            parameters => parameters.With([.. query.Statuses.Select(status => status.ToString())]).With(query.DefinitionId).With(query.FirstPartition)
                .With(query.LastPartition).With(query.CreatedFrom).With(query.CreatedBefore).With(query.RootRun).With(query.After?.Key).With(query.After?.Id)
                .With(query.Limit),
            row => ReadRun(row) is var run ? (run, new RunPosition(row.GetFieldValue<DateTimeOffset>(RunColumnCount), run.Id)) : default, cancellationToken);
    }

    /// <summary>The values that a run was started with, by name; empty where its history was removed.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> GetInputsAsync(Guid runId, CancellationToken cancellationToken)
    {
        var first = await ReadAsync("select type, payload from orchestrator.journal where run_id = $1 and sequence = 1",
            parameters => parameters.With(runId), row => RunEventJson.Read(row.GetString(0), row.GetString(1)), cancellationToken);
        return first is [RunCreated { Inputs: var inputs }] ? inputs : new Dictionary<string, JsonElement>();
    }
}
