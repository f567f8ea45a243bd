using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Backfills;

/// <summary>What was run of a workflow for a month.</summary>
/// <param name="Last">The last run that has ended.</param>
/// <param name="LastStatus">How it ended.</param>
/// <param name="Active">The run that has not ended.</param>
/// <param name="IsActiveAdHoc">Whether that one executes something else than the published version: it is in the way, but does not count
/// as a run of the workflow.</param>
sealed record MonthHistory(Partition Partition, Guid? Last, RunStatus? LastStatus, Guid? Active, bool IsActiveAdHoc)
{
    /// <summary>Why the month is not to run; <see langword="null"/> where it is.</summary>
    public string? SkipReason(Reprocess reprocess, ActiveMonth whenActive)
    {
        if (Active is { } active && !IsActiveAdHoc && whenActive is ActiveMonth.Skip) return $"Run {active} is working on it.";
        return (LastStatus, reprocess) switch
        {
            (null, _) or (_, Reprocess.All) => null,
            (RunStatus.Succeeded, _) => $"Run {Last} succeeded.",
            (_, Reprocess.None) => $"Run {Last} was not successful ({LastStatus}), and such months are not repeated.",
            _ => null,
        };
    }

    /// <summary>What the month has to wait for; <see langword="null"/> for nothing.</summary>
    public string? WaitReason => Active is { } active ? $"Waits for run {active}, which is working on it." : null;

    /// <summary>Looks months up, in their order.</summary>
    public static async Task<List<MonthHistory>> ReadAsync(
        NpgsqlConnection connection, string definitionId, IEnumerable<Partition> months, CancellationToken cancellationToken) => await connection.ReadAsync(
        """
        select month, last.id, last.status, active.id, coalesce(active.is_ad_hoc, false)
        from unnest($2) with ordinality as wanted (month, position)
        left join lateral (
          select id, status from orchestrator.run where definition_id = $1 and partition = month and finished_at is not null and not is_ad_hoc
          order by created_at desc, id desc limit 1) as last on true
        left join lateral (
          select id, is_ad_hoc from orchestrator.run where definition_id = $1 and partition = month and finished_at is null and status <> 'Suspended'
          order by is_ad_hoc, created_at, id limit 1) as active on true
        order by position
        """,
        parameters => parameters.With(definitionId).With(months.Select(month => month.Start).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Date),
        row => new MonthHistory(new(row.GetFieldValue<DateOnly>(0)), row.IsDBNull(1) ? null : row.GetGuid(1),
            row.IsDBNull(2) ? null : Enum.Parse<RunStatus>(row.GetString(2)), row.IsDBNull(3) ? null : row.GetGuid(3), row.GetBoolean(4)), cancellationToken);
}
