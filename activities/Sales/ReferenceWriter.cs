using System.Text;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Activities.Sales;

/// <summary>Writes the month's snapshots of customers, stores and sales people as zstd Parquet.</summary>
sealed class ReferenceWriter(SalesPlan plan, string folder)
{
    readonly ReferenceData attributes = new(plan.Seed, plan.Month);

    /// <summary>Writes all three.</summary>
    public IReadOnlyList<StagedAsset> Write(CancellationToken cancellationToken) =>
    [
        Write("raw/customers", SaleIds.Customer, plan.Customers,
            ["customer_id", "segment", "city"], [attributes.SegmentOf, attributes.CityOf], cancellationToken),
        Write("raw/stores", SaleIds.Store, plan.Stores, ["store_id", "region"], [attributes.RegionOf], cancellationToken),
        Write("raw/sales_people", SaleIds.SalesPerson, plan.SalesPeople,
            ["sales_person_id", "team"], [attributes.TeamOf], cancellationToken),
    ];

    StagedAsset Write(
        string asset, SaleIds ids, int count, string[] columns, Func<int, string>[] values, CancellationToken cancellationToken)
    {
        using var database = LocalDatabase.InMemory(cancellationToken);
        database.Execute($"create table snapshot ({string.Join(", ", columns.Select(column => $"{column} text"))})");
        using (var appender = new ColumnAppender(database, "snapshot", nullable: 0..0, "DuckDB could not take more rows into memory."))
        {
            var rows = 0;
            for (var number = 0; number < count; number++)
            {
                appender.SetText(0, rows, Encoding.UTF8.GetBytes(ids.Of(number)));
                for (var i = 0; i < values.Length; i++) appender.SetText(i + 1, rows, Encoding.UTF8.GetBytes(values[i](number)));
                if (++rows < ColumnAppender.RowsPerChunk && number < count - 1) continue;
                cancellationToken.ThrowIfCancellationRequested();
                appender.Append(rows);
                rows = 0;
            }
            appender.Complete();
        }
        var path = Path.Combine(folder, $"{asset.Replace('/', '-')}.parquet");
        database.WriteParquet("snapshot", path);
        return new(asset, [new(path, count, new FileInfo(path).Length)], [.. columns.Select(column => new AssetColumn(column, "text"))],
            new Dictionary<string, decimal>());
    }
}
