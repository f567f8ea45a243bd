using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>The reports of index tuning, for people.</summary>
/// <param name="warehouse">Where they are kept.</param>
public sealed class IndexReports(WarehouseDatabase warehouse)
{
    /// <summary>The newest report; <see langword="null"/> if nothing has been tuned yet.</summary>
    /// <param name="month">Of this month; <see langword="null"/> for any.</param>
    public async Task<TuningReport?> LatestAsync(Partition? month, CancellationToken cancellationToken)
    {
        var partition = new NpgsqlParameter { Value = (object?)month?.ToString() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };
        var report = await warehouse.DataSource.Command(
            "select report from sales.tuning_report where $1::text is null or partition = $1 order by id desc limit 1", partition)
            .ScalarAsync<string>(cancellationToken);
        return report is null ? null : JsonSerializer.Deserialize<TuningReport>(report, JsonSerializerOptions.Web);
    }
}
