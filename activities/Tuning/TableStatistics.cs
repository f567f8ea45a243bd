using System.Text.Json;
using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Tuning;

/// <summary>What PostgreSQL knows of a table: its partitions, and the columns of the partition of the month.</summary>
/// <param name="Table">The table.</param>
/// <param name="MonthLeaf">The partition that the month lies in.</param>
/// <param name="Leaves">Partition → its size.</param>
/// <param name="Columns">Column → what its values are like in the month.</param>
public sealed record TableStatistics(
    string Table, string MonthLeaf, IReadOnlyDictionary<string, LeafSize> Leaves, IReadOnlyDictionary<string, ColumnStatistics> Columns)
{
    /// <summary>Size of the month.</summary>
    public LeafSize Month => Leaves[MonthLeaf];

    /// <summary>Brings the planner's statistics up to date for what was loaded since, and reads them.</summary>
    /// <remarks>
    /// Statistics are made here and not by the load: the load stays short, and only tuning needs those of the partitioned table, which
    /// autovacuum never makes. Without tuning, autovacuum makes those of the new partition within a minute.
    /// </remarks>
    public static async Task<IReadOnlyDictionary<string, TableStatistics>> RefreshAsync(
        FencedWarehouse warehouse, Partition month, int connections, CancellationToken cancellationToken)
    {
        var stale = new List<(WarehouseTable Table, string Partition)>();
        var leaves = new List<string>();
        await using (var connection = await warehouse.OpenAsync(cancellationToken))
        {
            await using (var command = new NpgsqlCommand("select table_name, partition from sales.loaded where analyzed_at is null",
                connection))
            {
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                    stale.Add((WarehouseTable.All.Single(table => table.Name == reader.GetString(0)), reader.GetString(1)));
            }
            foreach (var (table, partition) in stale)
                if (await TableLeaf.FindAsync(connection, table, Partition.TryParse(partition, out var loaded) ? loaded : default,
                    cancellationToken) is { } leaf) leaves.Add(leaf.Name);
        }
        // Before version 18 the partitioned table cannot be analyzed without all of its partitions.
        var statements = leaves.Select(leaf => $"analyze {leaf}")
            .Concat(stale.Select(part =>
                $"analyze only sales.{part.Table.Name}")).Distinct(StringComparer.Ordinal).OrderByDescending(sql =>
                sql.Contains("fact", StringComparison.Ordinal));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = connections, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(statements, parallel, async (sql, token) =>
        {
            await using var connection = await warehouse.OpenAsync(token);
#pragma warning disable CA2100 // Names come from the fixed list of tables.
            await using var command = new NpgsqlCommand(connection.PostgreSqlVersion.Major >= 18 ? sql
                : sql.Replace("analyze only ", "analyze ", StringComparison.Ordinal), connection)
            { CommandTimeout = 0 };
#pragma warning restore CA2100
            try
            {
                await command.ExecuteNonQueryAsync(token);
            }
            catch (PostgresException gone) when (gone.SqlState is PostgresErrorCodes.UndefinedTable)
            {
                // The month was forgotten meanwhile, or others gave the partition another name.
            }
        });
        if (stale.Count > 0)
        {
            await warehouse.WriteAsync(async (connection, token) =>
            {
                await using var done = new NpgsqlCommand("update sales.loaded set analyzed_at = clock_timestamp() where analyzed_at is null", connection);
                await done.ExecuteNonQueryAsync(token);
            }, cancellationToken);
        }
        return await ReadAsync(warehouse.DataSource, month, cancellationToken);
    }

    /// <summary>The part of the month's rows that a condition keeps, as the planner sees it.</summary>
    /// <param name="condition">With <c>t</c> as the table's alias, as a plan shows it.</param>
    public async Task<double> SelectivityAsync(NpgsqlConnection connection, string condition, CancellationToken cancellationToken)
    {
        if (Month.Rows <= 0) return 1;
#pragma warning disable CA2100 // PostgreSQL wrote the condition; the name is from the fixed list of tables.
        await using var command = new NpgsqlCommand($"explain (format json) select from sales.{MonthLeaf} as t where {condition}", connection);
#pragma warning restore CA2100
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!);
        return Math.Min(1, plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble() / Month.Rows);
    }

    static async Task<IReadOnlyDictionary<string, TableStatistics>> ReadAsync(NpgsqlDataSource dataSource, Partition month, CancellationToken cancellationToken)
    {
        var leaves = WarehouseTable.All.ToDictionary(table => table.Name, _ => new Dictionary<string, LeafSize>(StringComparer.Ordinal), StringComparer.Ordinal);
        var columns = new Dictionary<string, Dictionary<string, ColumnStatistics>>(StringComparer.Ordinal);
        await using var command = dataSource.CreateCommand(
            """
            select parent.relname, leaf.relname, leaf.reltuples::double precision, leaf.relpages::double precision
            from pg_inherits join pg_class as leaf on leaf.oid = inhrelid join pg_class as parent on parent.oid = inhparent
            where parent.relnamespace = 'sales'::regnamespace and parent.relkind = 'p'
            """);
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
                if (leaves.TryGetValue(reader.GetString(0), out var sizes)) sizes[reader.GetString(1)] = new(Math.Max(0, reader.GetDouble(2)), reader.GetDouble(3));
        }
        command.CommandText =
            "select tablename, attname, n_distinct::double precision, avg_width, coalesce(correlation, 0)::double precision from pg_stats where schemaname = 'sales' and not inherited";
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                if (!columns.TryGetValue(reader.GetString(0), out var ofLeaf)) columns[reader.GetString(0)] = ofLeaf = new(StringComparer.Ordinal);
                ofLeaf[reader.GetString(1)] = new(reader.GetDouble(2), reader.GetInt32(3), reader.GetDouble(4));
            }
        }
        return WarehouseTable.All
            .Where(table => leaves[table.Name].ContainsKey(table.LeafOf(month)))
            .ToDictionary(table => table.Name, table => Of(table.Name, table.LeafOf(month)), StringComparer.Ordinal);

        TableStatistics Of(string table, string leaf)
        {
            var rows = leaves[table][leaf].Rows;
            // PostgreSQL gives the number of distinct values as a negative part of the rows where it grows with them.
            return new(table, leaf, leaves[table], columns.GetValueOrDefault(leaf, []).ToDictionary(
                column => column.Key,
                column => column.Value with { Distinct = Math.Max(1, column.Value.Distinct < 0 ? -column.Value.Distinct * rows : column.Value.Distinct) }, StringComparer.Ordinal));
        }
    }
}

/// <summary>Size of a partition.</summary>
/// <param name="Rows">Rows, as last counted or estimated.</param>
/// <param name="Pages">Pages of 8 KiB.</param>
public sealed record LeafSize(double Rows, double Pages);

/// <summary>What the values of a column are like.</summary>
/// <param name="Distinct">Different values.</param>
/// <param name="Width">Bytes of a value on average.</param>
/// <param name="Correlation">-1 to 1: how far the order of values is the order of rows on disk.</param>
public sealed record ColumnStatistics(double Distinct, int Width, double Correlation);
