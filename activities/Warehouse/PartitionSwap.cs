using System.Globalization;
using Npgsql;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Puts staged rows in the place of what readers see, all tables of a month in one transaction.</summary>
/// <remarks>
/// Readers see the month before or after it, never both or none. A transaction in repeatable read whose snapshot is older, and which has
/// not touched the table yet, sees the month after it too: rows are loaded frozen, so they are not hidden from older snapshots. A partition
/// on which others put something stays, and its rows are replaced: that takes longer, and loses nothing.
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
    /// <c>load.superseded</c>: newer data of the month is loaded already; <c>load.readers_hold_lock</c>: readers did not let go of the
    /// tables;
    /// <c>load.table_changed</c>, <c>load.name_taken</c>, <c>load.object_in_the_way</c>: others changed the table meanwhile, or put
    /// something in the
    /// place of the partition; <c>run.lease_lost</c>: another worker has the run. Nothing was changed.
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
            if (await ClaimAsync(table, rows, total, bytes, cancellationToken)) swapped.Add(new(table, rows, total, bytes));
            else if (!table.Table.IsDimension) throw Superseded(table);
        }
        await LockAsync(transaction, swapped, cancellationToken);
        var kept = new List<(RowReplacement Replacement, SwappedTable Table)>();
        foreach (var table in swapped)
            if (await ReplaceAsync(table.Staged, cancellationToken) is { } replacement) kept.Add((replacement, table));
        foreach (var (replacement, table) in kept) await replacement.FinishAsync(table.Rows, table.Total, cancellationToken);
        await warehouse.CommitAsync(transaction, cancellationToken);
        return swapped;
    }

    async Task<(long Rows, decimal? Total, long Bytes)> VerifyAsync(StagedTable staged, CancellationToken cancellationToken)
    {
        var table = staged.Table;
        var sum = table.MoneyColumn is { } column ? $"coalesce(sum({column}), 0)" : "null::numeric";
        var size = $"pg_table_size('sales.{staged.Name}'::regclass)";
        var (rows, total, bytes) = await connection
            .LongCommand($"select count(*) as rows, {sum} as total, {size} as bytes from sales.{staged.Name}")
            .FirstAsync(row => (row.Get<long>("rows"), row.GetOrDefault<decimal?>("total"), row.Get<long>("bytes")), cancellationToken);

        var expectedRows = staged.Source.Rows;
        AddChecks(attempt, table, staged.Month, staged.Source, rows, total);
        if (rows != expectedRows)
        {
            throw new ActivityFailedException("load.row_count_mismatch",
                $"Staged {rows} rows for sales.{table.Name}{For(staged)}, but the materialization has {expectedRows}. Nothing was " +
                $"changed; build the asset '{table.Source}' again.",
                isRetryable: true);
        }
        if (total is { } actual)
        {
            var sent = (decimal)staged.Copied.Money / 100m;
            var expected = staged.Source.Figures.TryGetValue("total", out var figure) ? figure : sent;
            if (actual != expected || actual != sent)
            {
                throw new ActivityFailedException("load.total_mismatch",
                    $"Staged rows for sales.{table.Name}{For(staged)} come to {Text(actual)}, but the materialization to " +
                    $"{Text(expected)}. Nothing was changed; build the asset '{table.Source}' again.",
                    isRetryable: true);
            }
        }
        return (rows, total, bytes);
    }

    /// <summary>Hands over what rows and money of a partition were compared with.</summary>
    public static void AddChecks(ActivityAttempt attempt, WarehouseTable table, Partition month, Materialization source, long rows,
        decimal? total)
    {
        var partition = table.IsDimension ? null : (Partition?)month;
        attempt.Add(new AssetCheckResult("rows_equal_source", table.Asset, partition, CheckSeverity.Error, rows == source.Rows,
            Text(source.Rows), Text(rows), []));
        if (total is not { } actual) return;
        var expected = source.Figures.TryGetValue("total", out var figure) ? figure : actual;
        attempt.Add(new AssetCheckResult("total_equals_source", table.Asset, partition, CheckSeverity.Error, actual == expected,
            Text(expected), Text(actual), []));
    }

    // Whoever comes second waits here for the first to commit, and then compares with what that one loaded.
    async Task<bool> ClaimAsync(StagedTable staged, long rows, decimal? total, long bytes, CancellationToken cancellationToken) =>
        await connection.LongCommand(
            """
            insert into sales.loaded as held (table_name, partition, materialization_id, sequence, run_id, activity_id, attempt, rows,
              total, bytes)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (table_name, partition) do update set
              materialization_id = excluded.materialization_id, sequence = excluded.sequence, run_id = excluded.run_id,
              activity_id = excluded.activity_id,
              attempt = excluded.attempt, rows = excluded.rows, total = excluded.total, bytes = excluded.bytes,
                loaded_at = excluded.loaded_at, analyzed_at = null
            where held.sequence <= excluded.sequence
            """,
            staged.Table.Name, staged.Table.PartitionNameOf(staged.Month), staged.Source.Id, staged.Source.Sequence, attempt.RunId,
            attempt.ActivityId,
            attempt.Attempt, rows, total, bytes).ExecuteAsync(cancellationToken) == 1;

    async Task LockAsync(NpgsqlTransaction transaction, List<SwappedTable> tables, CancellationToken cancellationToken)
    {
        if (tables.Count == 0) return;
        var names = string.Join(", ", tables.Select(table => $"sales.{table.Staged.Table.Name}"));
        await transaction.SaveAsync("before_lock", cancellationToken);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await connection.ExecuteAsync(
                    $"set local lock_timeout = {options.LockTimeout.TotalMilliseconds:f0}; " +
                    $"lock table {names} in access exclusive mode; set local lock_timeout = 0", cancellationToken);
                return;
            }
            catch (PostgresException busy)
                when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                // Gives back the locks it got, so that readers go on during the pause.
                await transaction.RollbackAsync("before_lock", cancellationToken);
                if (tries >= options.LockAttempts)
                {
                    throw new ActivityFailedException("load.readers_hold_lock",
                        $"Readers did not let go of {names} in {tries} tries of {options.LockTimeout.TotalSeconds:0.###} s. Nothing was " +
                        "changed; end the long transactions that pg_stat_activity shows, or load later.",
                        isRetryable: true, busy);
                }
                attempt.Log("Waits for readers", $"Readers hold {names}; try {tries} of {options.LockAttempts} to swap gave way to them.");
                await Task.Delay(options.LockPause, timeProvider, cancellationToken);
            }
        }
    }

    /// <returns>What is to be finished when all tables have their rows; <see langword="null"/> if the partition was replaced.</returns>
    async Task<RowReplacement?> ReplaceAsync(StagedTable staged, CancellationToken cancellationToken)
    {
        var table = staged.Table;
        if ((await TableShape.ReadAsync(connection, table.Name, cancellationToken))?.Hash != staged.Shape)
        {
            throw new ActivityFailedException("load.table_changed",
                $"Others altered sales.{table.Name} while its rows were staged. Nothing was changed; the next attempt stages them again.",
                isRetryable: true);
        }
        var name = table.LeafOf(staged.Month);
        var leaf = await TableLeaf.FindAsync(connection, table, staged.Month, cancellationToken);
        var grants = "";
        if (leaf is not null)
        {
            var ofOthers = await leaf.FindObjectsOfOthersAsync(connection, table, staged.Name, cancellationToken);
            if (leaf.Name != $"sales.{name}") ofOthers = ["its name", .. ofOthers];
            if (ofOthers.Count > 0)
            {
                var replacement = new RowReplacement(connection, staged, leaf, ofOthers);
                attempt.Log("Replaces rows",
                    $"{leaf.Name} stays, and only its rows are replaced, because others changed it or put something on it: " +
                    $"{replacement.OfOthers}.");
                await replacement.WriteAsync(cancellationToken);
                return replacement;
            }
            grants = await leaf.FindGrantsAsync(connection, staged.Name, cancellationToken);
            await connection.ExecuteAsync($"drop table {leaf.Name}", cancellationToken);
        }
        else if ((await TakenAsync([name], cancellationToken)).Count > 0)
        {
            throw new ActivityFailedException("load.name_taken",
                $"sales.{name} is there, but it is no partition of sales.{table.Name}{For(staged)}, so the rows cannot get that name. "
                + "Nothing was changed; attach it again or give it another name or schema; then run the month again.", isRetryable: false);
        }
        var renames = (await FreeNamesAsync(staged, cancellationToken))
            .Select(index => $"alter index sales.{index.Name} rename to {SqlText.Identifier(index.Final)}");
        await connection.ExecuteAsync(
            $"""
            {(grants.Length == 0 ? "" : $"{grants};")}
            alter table sales.{table.Name} attach partition sales.{staged.Name} for values {table.BoundsOf(staged.Month)};
            alter table sales.{staged.Name} rename to {name};
            {string.Join("; ", renames)}
            """, cancellationToken);
        return null;
    }

    // Others may have an index or table of the name that an index would get.
    async Task<IReadOnlyList<(string Name, string Final)>> FreeNamesAsync(StagedTable staged, CancellationToken cancellationToken)
    {
        var names = staged.Indexes.ToDictionary(index => index.Name, index => index.FinalName, StringComparer.Ordinal);
        for (var number = 1; ; number++)
        {
            var taken = await TakenAsync([.. names.Values], cancellationToken);
            if (taken.Count == 0 && names.Values.Distinct(StringComparer.Ordinal).Count() == names.Count)
                return [.. names.Select(name => (name.Key, name.Value))];
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var index in staged.Indexes)
            {
                if (!taken.Contains(names[index.Name]) && seen.Add(names[index.Name])) continue;
                var place = index.Name[(index.Name.LastIndexOf('_') + 1)..];
                names[index.Name] = string.Create(CultureInfo.InvariantCulture, $"{staged.Table.LeafOf(staged.Month)}_{place}_{number}");
            }
        }
    }

    async Task<IReadOnlySet<string>> TakenAsync(string[] names, CancellationToken cancellationToken)
    {
        const string Names = "select relname::text from pg_class where relnamespace = 'sales'::regnamespace and relname = any($1)";
        var taken = await connection.LongCommand(Names, [names]).ListAsync(row => row.Get<string>("relname"), cancellationToken);
        return taken.ToHashSet(StringComparer.Ordinal);
    }

    static ActivityFailedException Superseded(StagedTable staged) => new("load.superseded",
        $"A newer materialization than number {staged.Source.Sequence} is loaded in sales.{staged.Table.Name}{For(staged)}. Nothing was " +
        "changed; "
        + "the next attempt takes the newest one. If the catalog was set up anew, delete the rows of sales.loaded that are of the old one.",
        isRetryable: true);

    static string For(StagedTable staged) => staged.Table.IsDimension ? "" : $" of {staged.Month}";

    static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    static string Text(decimal value) => value.ToString("0.00##", CultureInfo.InvariantCulture);
}

/// <summary>A table whose staged rows readers see now.</summary>
/// <param name="Staged">What was staged.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Total">Their money; <see langword="null"/> if the table has none.</param>
/// <param name="Bytes">Size of the partition in PostgreSQL without indexes.</param>
public sealed record SwappedTable(StagedTable Staged, long Rows, decimal? Total, long Bytes);
