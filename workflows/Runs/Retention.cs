using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>Result of <see cref="Retention.ApplyAsync"/>.</summary>
/// <param name="Months">First days of the months, in UTC, whose journals, activities, logs and checks were dropped.</param>
/// <param name="Runs">Runs that were removed completely.</param>
/// <param name="Materializations">Materializations that readers cannot see, and from which nothing that is kept was made.</param>
public sealed record RetentionReport(IReadOnlyList<DateOnly> Months, long Runs, long Materializations);

/// <summary>
/// Removes data older than <see cref="RetentionOptions.Runs"/>, a month at once, and prepares the coming months. The data that readers see
/// and its sources stay, with the runs that wrote them; these runs show that their history was removed. Vacuum removes files.
/// </summary>
public sealed partial class Retention(StoreDatabase store, StoreOutages outages, IOptions<RetentionOptions> options, ILogger<Retention> log)
{
    const string TryLock = "select pg_try_advisory_lock(7700000003)", Unlock = "select pg_advisory_unlock(7700000003)";
    const int DropAttempts = 5;

    /// <summary>Applies the retention now. Harmless to repeat; does nothing while another node applies it.</summary>
    public Task<RetentionReport> ApplyAsync(CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(token);
        await connection.ExecuteAsync(StoreMigrations.AddMonths, token);
        if (options.Value.Runs is not { } age || !await connection.Command(TryLock).ScalarAsync<bool>(token))
            return new RetentionReport([], 0, 0);
        try
        {
            var months = await DropMonthsAsync(connection, age, token);
            await connection.LongCommand(ClearDefaults, age).ExecuteAsync(token);
            var materializations = await connection.LongCommand(RemoveMaterializations, age).ExecuteAsync(token);
            var report = new RetentionReport(months, await connection.ExecuteAsync(RemoveRuns, token), materializations);
            if (report is not { Months: [], Runs: 0, Materializations: 0 })
                Applied(report.Months.Count, report.Runs, report.Materializations);
            return report;
        }
        finally
        {
            await connection.ExecuteAsync(Unlock, CancellationToken.None);
        }
    }, cancellationToken);

    async Task<IReadOnlyList<DateOnly>> DropMonthsAsync(NpgsqlConnection connection, TimeSpan age, CancellationToken cancellationToken)
    {
        var due = await connection.Command(DueMonths, age).ListAsync(row => row.Get<DateTime>("begins"), cancellationToken);
        var dropped = new List<DateOnly>();
        foreach (var month in due)
        {
            await connection.LongCommand(MarkRuns, month).ExecuteAsync(cancellationToken);
            if (await DropAsync(connection, month, cancellationToken)) dropped.Add(DateOnly.FromDateTime(month));
        }
        return dropped;
    }

    /// <summary>Drops a month. It does not wait for a slow reader, since appends wait while the tables are locked.</summary>
    async Task<bool> DropAsync(NpgsqlConnection connection, DateTime month, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await connection.ExecuteAsync("set local lock_timeout = '500ms'", cancellationToken);
                var isDropped = await connection.Command("select orchestrator.drop_month($1)", month).ScalarAsync<bool>(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return isDropped;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable)
            {
                if (attempt < DropAttempts) continue;
                MonthBusy(DateOnly.FromDateTime(month), DropAttempts);
                return false;
            }
        }
    }

    const string DueMonths = """
        select begins from orchestrator.month
        where ends <= now() - $1 and not exists (
          select from orchestrator.run
          where id >= orchestrator.first_run_id(begins) and id < orchestrator.first_run_id(ends)
            and (finished_at is null or finished_at >= now() - $1))
        order by begins
        """;

    const string MarkRuns = """
        update orchestrator.run set history_removed_at = now()
        from orchestrator.month
        where month.begins = $1 and id >= orchestrator.first_run_id(begins) and id < orchestrator.first_run_id(ends)
          and history_removed_at is null and finished_at is not null
        """;

    // Runs whose ids belong to no prepared month; there are almost none.
    const string ClearDefaults = """
        with old as (
          update orchestrator.run set history_removed_at = now()
          where finished_at < now() - $1 and history_removed_at is null and id in (select run_id from orchestrator.journal_other)
          returning id),
        executions as (delete from orchestrator.activity_execution_other where run_id in (select id from old)),
        lines as (delete from orchestrator.activity_log_other where run_id in (select id from old)),
        checks as (delete from orchestrator.asset_check_result_other where run_id in (select id from old))
        delete from orchestrator.journal_other where run_id in (select id from old)
        """;

    // A run that has not ended may be reading data that was replaced since it was accepted.
    const string RemoveMaterializations = """
        with recursive needed (id) as (
          select written.id
          from orchestrator.materialization as written left join orchestrator.run on run.id = written.run_id
          where written.is_current or (run.id is not null and run.history_removed_at is null) or not exists (
            select from orchestrator.materialization as next
            where next.asset = written.asset and next.partition is not distinct from written.partition and next.sequence > written.sequence
              and next.committed_at < least(now() - $1, (select min(created_at) from orchestrator.run where finished_at is null)))
          union
          select input.input_id from orchestrator.materialization_input as input join needed on needed.id = input.materialization_id)
        delete from orchestrator.materialization where id not in (select id from needed)
        """;

    // A run that another one repeats stays as long as that one is kept: the chain of attempts is visible.
    const string RemoveRuns = """
        delete from orchestrator.run
        where history_removed_at is not null
          and not exists (select from orchestrator.materialization where run_id = run.id)
          and id not in (select rerun_of from orchestrator.run where rerun_of is not null and history_removed_at is null)
          and id not in (select root_run from orchestrator.run where root_run is not null and history_removed_at is null)
        """;

    [LoggerMessage(1030, LogLevel.Information, "Retention removed {Months} months, {Runs} runs and {Materializations} materializations " +
        "that nobody can see.")]
    partial void Applied(int months, long runs, long materializations);

    [LoggerMessage(1031, LogLevel.Warning, "The month {Month} is old enough to be removed, but its tables were in use {Attempts} times. " +
        "It is tried again with the next retention.")]
    partial void MonthBusy(DateOnly month, int attempts);
}
