using System.Globalization;
using System.Text.Json;
using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>Measures queries of the workload on a month.</summary>
/// <remarks>Buffers, hit or read, are what decides: they do not depend on what else the machine does. Times are for people.</remarks>
/// <param name="connection">Not for use by two threads at once.</param>
/// <param name="month">The month that the queries ask about.</param>
public sealed class QueryMeter(NpgsqlConnection connection, Partition month)
{
    readonly Dictionary<string, object?> picked = new(StringComparer.Ordinal);

    /// <summary>Picks the values of a query's parameters from the data; the same data gives the same values.</summary>
    /// <returns><see langword="null"/> if the data has nothing to ask about, such as sales without any sales person.</returns>
    public async Task<IReadOnlyDictionary<string, object>?> PickAsync(WorkloadQuery query, CancellationToken cancellationToken)
    {
        var values = new SortedDictionary<string, object>(StringComparer.Ordinal);
        foreach (var (name, sql) in query.Parameters)
        {
            if (!picked.TryGetValue(sql, out var value))
            {
                picked[sql] = value = await Asking(sql, new Dictionary<string, object>()).ScalarAsync<object>(cancellationToken);
            }
            if (value is null or DBNull) return null;
            values[name] = value;
        }
        return values;
    }

    /// <summary>Executes a query and reads its plan.</summary>
    public async Task<Measurement> MeasureAsync(
        WorkloadQuery query, IReadOnlyDictionary<string, object> parameters, CancellationToken cancellationToken)
    {
        using var span = ActivitiesTelemetry.StartMeasure(query.Name);
        var explained = await Asking($"explain (analyze, verbose, buffers, timing off, format json) {query.Sql}", parameters)
            .ScalarAsync<string>(cancellationToken);
        using var document = JsonDocument.Parse(explained!);
        var root = document.RootElement[0];
        var plan = PlanNode.Parse(root.GetProperty("Plan"));
        return new(query, parameters, plan.Buffers, root.GetProperty("Execution Time").GetDouble(), plan);
    }

    /// <summary>Executes a query as if there were no indexes.</summary>
    public async Task<Measurement> MeasureWithoutIndexesAsync(
        WorkloadQuery query, IReadOnlyDictionary<string, object> parameters, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        // PostgreSQL 18 forgets in ordered appends that a path is disabled; no path pays these prices either.
        await connection.Command(
            "set local enable_indexscan = off; set local enable_bitmapscan = off; set local enable_indexonlyscan = off; " +
            "set local cpu_index_tuple_cost = 1e8; set local random_page_cost = 1e8").ExecuteAsync(cancellationToken);
        return await MeasureAsync(query, parameters, cancellationToken);
    }

    /// <summary>
    /// Executes queries as if an index were not there; others wait for the table meanwhile, for as long as the queries take.
    /// </summary>
    public async Task<IReadOnlyList<Measurement>> MeasureWithoutAsync(
        string index, IReadOnlyList<Measurement> measured, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var timeout = lockTimeout.TotalMilliseconds.ToString("f0", CultureInfo.InvariantCulture);
        await connection.Command($"set local lock_timeout = '{timeout}ms'; drop index if exists sales.{index}")
            .ExecuteAsync(cancellationToken);
        var without = new List<Measurement>();
        foreach (var query in measured) without.Add(await MeasureAsync(query.Query, query.Parameters, cancellationToken));
        await transaction.RollbackAsync(cancellationToken);
        return without;
    }

    /// <summary>Reads the planner's price of a page at a random place; the next page costs 1.</summary>
    public Task<double> RandomPageCostAsync(CancellationToken cancellationToken) =>
        connection.Command("select current_setting('random_page_cost')::double precision").ScalarAsync<double>(cancellationToken);

    NpgsqlCommand Asking(string sql, IReadOnlyDictionary<string, object> parameters)
    {
        var command = connection.LongCommand(sql);
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        AddWhereUsed("month", month.Start);
        AddWhereUsed("first_date_key", WarehouseTable.DateKeyOf(month.Start));
        AddWhereUsed("end_date_key", WarehouseTable.DateKeyOf(month.End));
        return command;

        void AddWhereUsed(string name, object value)
        {
            if (sql.Contains(string.Create(CultureInfo.InvariantCulture, $":{name}"), StringComparison.Ordinal))
                command.Parameters.AddWithValue(name, value);
        }
    }
}

/// <summary>A query that was executed.</summary>
/// <param name="Query">The query.</param>
/// <param name="Parameters">Values it was asked with.</param>
/// <param name="Buffers">Pages hit or read.</param>
/// <param name="Milliseconds">Time of execution.</param>
/// <param name="Plan">Its plan.</param>
public sealed record Measurement(WorkloadQuery Query, IReadOnlyDictionary<string, object> Parameters, long Buffers, double Milliseconds,
    PlanNode Plan);
