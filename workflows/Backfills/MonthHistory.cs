using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Backfills;

/// <summary>The runs of a workflow for one month.</summary>
/// <param name="Last">The last run that has ended.</param>
/// <param name="LastStatus">Status of that run.</param>
/// <param name="Active">The run that has not ended.</param>
/// <param name="IsActiveAdHoc">Whether that run executes something else than the published version: it blocks the month, but does not count
/// as a run of the workflow.</param>
sealed record MonthHistory(Partition Partition, Guid? Last, RunStatus? LastStatus, Guid? Active, bool IsActiveAdHoc)
{
    /// <summary>Returns the reason if the month is not to run; <see langword="null"/> if it is.</summary>
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

    /// <summary>The run that the month has to wait for, in words; <see langword="null"/> if there is none.</summary>
    public string? WaitReason => Active is { } active ? $"Waits for run {active}, which is working on it." : null;

    /// <summary>Reads the history of several months, in their order.</summary>
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
