using System.Globalization;
using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Puts staged rows in the place of what readers see, all tables of a month in one transaction.</summary>
/// <remarks>
/// Readers see the month before or after it, never both or none. A transaction in repeatable read whose snapshot is older, and which has not
/// touched the table yet, sees the month after it too: rows are loaded frozen, so they are not hidden from older snapshots.
/// </remarks>
/// <param name="warehouse">Commits, unless another worker has the run.</param>
/// <param name="connection">Where the transaction runs.</param>
/// <param name="options">How long to wait for readers.</param>
/// <param name="timeProvider">Clock of the pauses.</param>
public sealed class PartitionSwap(FencedWarehouse warehouse, NpgsqlConnection connection, LoadOptions options, TimeProvider timeProvider)
{
    readonly ActivityAttempt attempt = warehouse.Attempt;

    /// <summary>Verifies and swaps.</summary>
    /// <param name="staged">The tables of a month, in the order of <see cref="WarehouseTable.All"/>.</param>
    /// <returns>What readers see now; dimensions that others replaced by newer ones meanwhile are left out.</returns>
    /// <exception cref="ActivityFailedException">
    /// <c>load.row_count_mismatch</c>, <c>load.total_mismatch</c>: the staged rows are not those of the materialization;
    /// <c>load.superseded</c>: newer data of the month is loaded already; <c>load.readers_hold_lock</c>: readers did not let go of the tables;
    /// <c>run.lease_lost</c>: another worker has the run.
    /// Nothing was changed.
    /// </exception>
    public Task<IReadOnlyList<SwappedTable>> RunAsync(IReadOnlyList<StagedTable> staged, CancellationToken cancellationToken) =>
        ActivitiesTelemetry.InAsync(ActivitiesTelemetry.StartSwap(), _ => SwapAsync(staged, cancellationToken));

    async Task<IReadOnlyList<SwappedTable>> SwapAsync(IReadOnlyList<StagedTable> staged, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var swapped = new List<SwappedTable>();
        foreach (var table in staged)
        {
            var (rows, total, bytes) = await VerifyAsync(table, cancellationToken);
            if (await ClaimAsync(table, rows, total, cancellationToken)) swapped.Add(new(table, rows, total, bytes));
            else if (!table.Table.IsDimension) throw Superseded(table);
        }
        await LockAsync(transaction, swapped, cancellationToken);
        foreach (var (table, _, _, _) in swapped) await ReplaceAsync(table, cancellationToken);
        await warehouse.CommitAsync(transaction, cancellationToken);
        return swapped;
    }

    async Task<(long Rows, decimal? Total, long Bytes)> VerifyAsync(StagedTable staged, CancellationToken cancellationToken)
    {
        var table = staged.Table;
        var sum = table.MoneyColumn is { } column ? $"coalesce(sum({column}), 0)" : "null::numeric";
        await using var command = Command($"select count(*), {sum}, pg_table_size('sales.{staged.Name}'::regclass) from sales.{staged.Name}");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var rows = reader.GetInt64(0);
        var total = await reader.IsDBNullAsync(1, cancellationToken) ? default(decimal?) : reader.GetDecimal(1);

        var expectedRows = staged.Source.Rows;
        AddChecks(attempt, table, staged.Month, staged.Source, rows, total);
        if (rows != expectedRows)
        {
            throw new ActivityFailedException("load.row_count_mismatch",
                $"Staged {rows} rows for sales.{table.Name}{For(staged)}, but the materialization has {expectedRows}. Nothing was changed; build the asset '{table.Source}' again.",
                isRetryable: true);
        }
        if (total is { } actual)
        {
            var sent = (decimal)staged.Copied.Money / 100m;
            var expected = staged.Source.Figures.TryGetValue("total", out var figure) ? figure : sent;
            if (actual != expected || actual != sent)
            {
                throw new ActivityFailedException("load.total_mismatch",
                    $"Staged rows for sales.{table.Name}{For(staged)} come to {Text(actual)}, but the materialization to {Text(expected)}. Nothing was changed; build the asset '{table.Source}' again.",
                    isRetryable: true);
            }
        }
        return (rows, total, reader.GetInt64(2));
    }

    /// <summary>Hands over what rows and money of a partition were compared with.</summary>
    public static void AddChecks(ActivityAttempt attempt, WarehouseTable table, Partition month, Materialization source, long rows, decimal? total)
    {
        var partition = table.IsDimension ? null : (Partition?)month;
        attempt.Add(new AssetCheckResult("rows_equal_source", table.Asset, partition, CheckSeverity.Error, rows == source.Rows, Text(source.Rows), Text(rows), []));
        if (total is not { } actual) return;
        var expected = source.Figures.TryGetValue("total", out var figure) ? figure : actual;
        attempt.Add(new AssetCheckResult("total_equals_source", table.Asset, partition, CheckSeverity.Error, actual == expected, Text(expected), Text(actual), []));
    }

    // Whoever comes second waits here for the first to commit, and then compares with what that one loaded.
    async Task<bool> ClaimAsync(StagedTable staged, long rows, decimal? total, CancellationToken cancellationToken)
    {
        await using var command = Command(
            """
            insert into sales.loaded as held (table_name, partition, materialization_id, sequence, run_id, activity_id, attempt, rows, total)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (table_name, partition) do update set
              materialization_id = excluded.materialization_id, sequence = excluded.sequence, run_id = excluded.run_id, activity_id = excluded.activity_id,
              attempt = excluded.attempt, rows = excluded.rows, total = excluded.total, loaded_at = excluded.loaded_at, analyzed_at = null
            where held.sequence <= excluded.sequence
            """,
            staged.Table.Name, staged.Table.PartitionNameOf(staged.Month), staged.Source.Id, staged.Source.Sequence, attempt.RunId, attempt.ActivityId,
            attempt.Attempt, rows, (object?)total ?? DBNull.Value);
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    async Task LockAsync(NpgsqlTransaction transaction, List<SwappedTable> tables, CancellationToken cancellationToken)
    {
        if (tables.Count == 0) return;
        var names = string.Join(", ", tables.Select(table => $"sales.{table.Staged.Table.Name}"));
        await transaction.SaveAsync("before_lock", cancellationToken);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var command = Command(
                    $"set local lock_timeout = {options.LockTimeout.TotalMilliseconds:f0}; lock table {names} in access exclusive mode; set local lock_timeout = 0");
                await command.ExecuteNonQueryAsync(cancellationToken);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                // Gives back the locks it got, so that readers go on during the pause.
                await transaction.RollbackAsync("before_lock", cancellationToken);
                if (tries >= options.LockAttempts)
                {
                    throw new ActivityFailedException("load.readers_hold_lock",
                        $"Readers did not let go of {names} in {tries} tries of {options.LockTimeout.TotalSeconds:0.###} s. Nothing was changed; end the long transactions that pg_stat_activity shows, or load later.",
                        isRetryable: true, busy);
                }
                attempt.Log("Waits for readers", $"Readers hold {names}; try {tries} of {options.LockAttempts} to swap gave way to them.");
                await Task.Delay(options.LockPause, timeProvider, cancellationToken);
            }
        }
    }

    async Task ReplaceAsync(StagedTable staged, CancellationToken cancellationToken)
    {
        var leaf = staged.Table.LeafOf(staged.Month);
        await using var command = Command(
            $"""
            drop table if exists sales.{leaf};
            alter table sales.{staged.Table.Name} attach partition sales.{staged.Name} for values {staged.Table.BoundsOf(staged.Month)};
            alter table sales.{staged.Name} rename to {leaf};
            {string.Join("; ", staged.Indexes.Select(index => $"alter index sales.{index.Name} rename to \"{index.FinalName}\""))}
            """);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    NpgsqlCommand Command(string sql, params object[] values)
    {
#pragma warning disable CA2100 // Names come from the fixed list of tables; values are parameters.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    static ActivityFailedException Superseded(StagedTable staged) => new("load.superseded",
        $"A newer materialization than number {staged.Source.Sequence} is loaded in sales.{staged.Table.Name}{For(staged)}. Nothing was changed; "
        + "the next attempt takes the newest one. If the catalog was set up anew, delete the rows of sales.loaded that are of the old one.",
        isRetryable: true);

    static string For(StagedTable staged) => staged.Table.IsDimension ? "" : $" of {staged.Month}";

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Text(decimal value) => value.ToString("0.00##", CultureInfo.InvariantCulture);
}

/// <summary>A table whose staged rows readers see now.</summary>
/// <param name="Staged">What was staged.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Total">Their money; <see langword="null"/> where the table has none.</param>
/// <param name="Bytes">Size of the partition in PostgreSQL without indexes.</param>
public sealed record SwappedTable(StagedTable Staged, long Rows, decimal? Total, long Bytes);
