using System.Text.Json;
using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Activities.Tuning;

/// <summary>What earlier tunings measured and reported, in the warehouse.</summary>
/// <param name="warehouse">The warehouse.</param>
/// <param name="month">The month that is tuned.</param>
public sealed class TuningLedger(FencedWarehouse warehouse, Partition month)
{
    readonly NpgsqlDataSource dataSource = warehouse.DataSource;

    /// <summary>Number of sales of the month that are loaded; <see langword="null"/> where it is not.</summary>
    public async Task<long?> FactRowsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select rows from sales.loaded where table_name = 'fact_sales' and partition = $1");
        command.Parameters.Add(new() { Value = month.ToString() });
        return await command.ExecuteScalarAsync(cancellationToken) as long?;
    }

    /// <summary>Figures without indexes of ours that hold for these values and rows; <see langword="null"/> where there are none.</summary>
    public async Task<Baseline?> FindBaselineAsync(WorkloadQuery query, string parameters, long factRows, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select buffers, milliseconds from sales.query_baseline
            where query = $1 and partition = $2 and text_hash = $3 and parameters = $4::jsonb and fact_rows = $5
            """);
        object[] values = [query.Name, month.ToString(), query.TextHash, parameters, factRows];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetInt64(0), reader.GetDouble(1), "recorded") : null;
    }

    /// <summary>Records figures without indexes of ours.</summary>
    public Task SaveBaselineAsync(WorkloadQuery query, string parameters, long factRows, Baseline baseline, CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => ExecuteAsync(connection,
            """
            insert into sales.query_baseline (query, partition, text_hash, parameters, fact_rows, buffers, milliseconds, source)
            values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8)
            on conflict (query, partition) do update set text_hash = excluded.text_hash, parameters = excluded.parameters, fact_rows = excluded.fact_rows,
              buffers = excluded.buffers, milliseconds = excluded.milliseconds, source = excluded.source, measured_at = excluded.measured_at
            """,
            [query.Name, month.ToString(), query.TextHash, parameters, factRows, baseline.Buffers, baseline.Milliseconds, baseline.Source], token), cancellationToken);

    /// <summary>Names of indexes that were dropped or rejected after measuring, on a number of sales that has not changed much since, and why.</summary>
    /// <param name="change">Change in the number of sales from which they may be tried again.</param>
    public async Task<IReadOnlyDictionary<string, string>> FailedAsync(long factRows, double change, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            select index_name, reason from (select distinct on (index_name) * from sales.index_decision order by index_name, id desc) as last
            where decision = 'dropped' and abs(fact_rows - $1) <= $2 * fact_rows
            """);
        command.Parameters.Add(new() { Value = factRows });
        command.Parameters.Add(new() { Value = change });
        var failed = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) failed[reader.GetString(0)] = reader.GetString(1);
        return failed;
    }

    /// <summary>Keeps a report.</summary>
    public Task SaveReportAsync(TuningReport report, CancellationToken cancellationToken) =>
        warehouse.WriteAsync((connection, token) => ExecuteAsync(connection,
            "insert into sales.tuning_report (run_id, partition, report) values ($1, $2, $3::jsonb)",
            [report.RunId, report.Partition, JsonSerializer.Serialize(report, JsonSerializerOptions.Web)], token), cancellationToken);

    static async Task ExecuteAsync(NpgsqlConnection connection, string constant, object[] values, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // One of the two constants above.
        await using var command = new NpgsqlCommand(constant, connection);
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>What a query takes without indexes of ours.</summary>
/// <param name="Buffers">Pages hit or read.</param>
/// <param name="Milliseconds">Time of execution.</param>
/// <param name="Source"><c>measured</c>, <c>recorded</c> or <c>switched_off</c>; see <see cref="TunedQuery"/>.</param>
public sealed record Baseline(long Buffers, double Milliseconds, string Source);
