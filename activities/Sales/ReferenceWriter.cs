using System.Data.Common;
using DuckDB.NET.Data;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Sales;

/// <summary>Writes the month's snapshots of customers, stores and sales people as zstd Parquet.</summary>
sealed class ReferenceWriter(SalesPlan plan, string folder)
{
    readonly ReferenceData attributes = new(plan.Seed, plan.Month);

    /// <summary>Writes all three.</summary>
    public IReadOnlyList<StagedAsset> Write(CancellationToken cancellationToken) =>
    [
        Write("raw/customers", SaleIds.Customer, plan.Customers, ["customer_id", "segment", "city"], [attributes.SegmentOf, attributes.CityOf], cancellationToken),
        Write("raw/stores", SaleIds.Store, plan.Stores, ["store_id", "region"], [attributes.RegionOf], cancellationToken),
        Write("raw/sales_people", SaleIds.SalesPerson, plan.SalesPeople, ["sales_person_id", "team"], [attributes.TeamOf], cancellationToken),
    ];

    StagedAsset Write(string asset, SaleIds ids, int count, string[] columns, Func<int, string>[] values, CancellationToken cancellationToken)
    {
        using var connection = DuckDbConnections.Open("DataSource=:memory:;threads=1");
        Execute(connection, $"create table snapshot ({string.Join(", ", columns.Select(column => $"{column} text"))})", cancellationToken);
        using (var appender = connection.CreateAppender("snapshot"))
        {
            for (var number = 0; number < count; number++)
            {
                if (number % 10_000 == 0) cancellationToken.ThrowIfCancellationRequested();
                var row = appender.CreateRow().AppendValue(ids.Of(number));
                foreach (var value in values) row = row.AppendValue(value(number));
                row.EndRow();
            }
        }
        var path = Path.Combine(folder, $"{asset.Replace('/', '-')}.parquet");
        Execute(connection, $"copy snapshot to '{path.Replace("'", "''")}' (format parquet, compression zstd)", cancellationToken);
        return new(asset, [new(path, count, new FileInfo(path).Length)], [.. columns.Select(column => new AssetColumn(column, "text"))], new Dictionary<string, decimal>());
    }

    static void Execute(DuckDBConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The only text in it that is not ours is a quoted path.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var interrupt = new DuckDbInterrupt(command, cancellationToken);
        try
        {
            command.ExecuteNonQuery();
        }
        catch (DbException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }
}
