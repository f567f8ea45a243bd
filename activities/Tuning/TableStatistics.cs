using System.Text.Json;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>Statistics of PostgreSQL about a table: its partitions, and the columns of the month's partition.</summary>
/// <param name="MonthLeaf">Schema and name of the partition that the month lies in, quoted where needed.</param>
/// <param name="Month">Size of the month.</param>
/// <param name="Leaves">Name of a partition, as plans show it → its size.</param>
/// <param name="Columns">Column → what its values are like in the month.</param>
public sealed record TableStatistics(
    string MonthLeaf, LeafSize Month, IReadOnlyDictionary<string, LeafSize> Leaves, IReadOnlyDictionary<string, ColumnStatistics> Columns)
{
    /// <summary>Brings the planner's statistics up to date for what was loaded since, and reads them.</summary>
    /// <remarks>
    /// Statistics are made here and not by the load: the load stays short, and only tuning needs those of the partitioned table, which
    /// autovacuum never makes. Without tuning, autovacuum makes those of the new partition within a minute.
    /// </remarks>
    public static async Task<IReadOnlyDictionary<string, TableStatistics>> RefreshAsync(
        FencedWarehouse warehouse, Partition month, int connections, CancellationToken cancellationToken)
    {
        var leaves = new List<string>();
        List<(WarehouseTable Table, string Partition)> stale;
        await using (var connection = await warehouse.OpenAsync(cancellationToken))
        {
            stale = await connection.Command("select table_name, partition from sales.loaded where analyzed_at is null").ListAsync(
                row => (WarehouseTable.All.Single(table => table.Name == row.Get<string>("table_name")), row.Get<string>("partition")),
                cancellationToken);
            foreach (var (table, partition) in stale)
            {
                var loaded = Partition.TryParse(partition, out var parsed) ? parsed : default;
                if (await TableLeaf.FindAsync(connection, table, loaded, cancellationToken) is { } leaf) leaves.Add(leaf.Name);
            }
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
            try
            {
                await connection.ExecuteAsync(connection.PostgreSqlVersion.Major >= 18 ? sql
                    : sql.Replace("analyze only ", "analyze ", StringComparison.Ordinal), token);
            }
            catch (PostgresException gone) when (gone.SqlState is PostgresErrorCodes.UndefinedTable)
            {
                // The month was forgotten meanwhile, or others gave the partition another name.
            }
        });
        if (stale.Count > 0)
        {
            await warehouse.WriteAsync((connection, token) =>
                connection.Command("update sales.loaded set analyzed_at = clock_timestamp() where analyzed_at is null").ExecuteAsync(token),
                cancellationToken);
        }
        return await ReadAsync(warehouse.DataSource, month, cancellationToken);
    }

    /// <summary>The part of the month's rows that a condition keeps, as the planner sees it.</summary>
    /// <param name="condition">With <c>t</c> as the table's alias, as a plan shows it.</param>
    public async Task<double> SelectivityAsync(NpgsqlConnection connection, string condition, CancellationToken cancellationToken)
    {
        if (Month.Rows <= 0) return 1;
        // PostgreSQL wrote the condition, and quoted the name.
        var explained = await connection.Command($"explain (format json) select from {MonthLeaf} as t where {condition}")
            .ScalarAsync<string>(cancellationToken);
        using var plan = JsonDocument.Parse(explained!);
        return Math.Min(1, plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble() / Month.Rows);
    }

    static async Task<IReadOnlyDictionary<string, TableStatistics>> ReadAsync(
        NpgsqlDataSource dataSource, Partition month, CancellationToken cancellationToken)
    {
        var leaves = await dataSource.Command(TableLeaf.PartitionsOf(WarehouseTable.All, month)).ListAsync(row => (
            Table: row.Get<string>("owner"), Leaf: row.Get<string>("relname"), Name: row.Get<string>("name"),
            HoldsMonth: row.Get<bool>("holds_month"),
            Size: new LeafSize(Math.Max(0, row.Get<double>("reltuples")), row.Get<double>("relpages"))), cancellationToken);
        string[] ofMonth = [.. leaves.Where(leaf => leaf.HoldsMonth).Select(leaf => leaf.Name)];
        var columns = await dataSource.Command(
            """
            select format('%I.%I', schemaname, tablename) as leaf, attname, n_distinct::double precision, avg_width,
              coalesce(correlation, 0)::double precision as correlation
            from pg_stats where format('%I.%I', schemaname, tablename) = any($1) and not inherited
            """, [ofMonth]).ListAsync(row => (
                Leaf: row.Get<string>("leaf"), Name: row.Get<string>("attname"),
                Values: new ColumnStatistics(row.Get<double>("n_distinct"), row.Get<int>("avg_width"), row.Get<double>("correlation"))),
            cancellationToken);
        return leaves.Where(leaf => leaf.HoldsMonth).ToDictionary(leaf => leaf.Table, leaf => new TableStatistics(
            leaf.Name, leaf.Size,
            leaves.Where(other => other.Table == leaf.Table).DistinctBy(other => other.Leaf)
                .ToDictionary(other => other.Leaf, other => other.Size, StringComparer.Ordinal),
            columns.Where(column => column.Leaf == leaf.Name)
                .ToDictionary(column => column.Name, column => column.Values.Of(leaf.Size.Rows), StringComparer.Ordinal)),
            StringComparer.Ordinal);
    }
}

/// <summary>Size of a partition.</summary>
/// <param name="Rows">Rows, as last counted or estimated.</param>
/// <param name="Pages">Pages of 8 KiB.</param>
public sealed record LeafSize(double Rows, double Pages);

/// <summary>Statistics of a column's values.</summary>
/// <param name="Distinct">Different values.</param>
/// <param name="Width">Bytes of a value on average.</param>
/// <param name="Correlation">-1 to 1: how far the order of values is the order of rows on disk.</param>
public sealed record ColumnStatistics(double Distinct, int Width, double Correlation)
{
    /// <summary>Counts the distinct values among rows: PostgreSQL gives a negative part of the rows if they grow with them.</summary>
    public ColumnStatistics Of(double rows) => this with { Distinct = Math.Max(1, Distinct < 0 ? -Distinct * rows : Distinct) };
}
