using System.Text.Json;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Tuning;

/// <summary>The reports of index tuning, for people.</summary>
/// <param name="warehouse">Where they are kept.</param>
public sealed class IndexReports(WarehouseDatabase warehouse)
{
    /// <summary>The newest report; <see langword="null"/> where nothing has been tuned yet.</summary>
    /// <param name="month">Of this month; <see langword="null"/> for any.</param>
    public async Task<TuningReport?> LatestAsync(Partition? month, CancellationToken cancellationToken)
    {
        await using var command = warehouse.DataSource.CreateCommand(
            "select report from sales.tuning_report where $1::text is null or partition = $1 order by id desc limit 1");
        command.Parameters.Add(new() { Value = (object?)month?.ToString() ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        return await command.ExecuteScalarAsync(cancellationToken) is string report ? JsonSerializer.Deserialize<TuningReport>(report, JsonSerializerOptions.Web) : null;
    }
}
