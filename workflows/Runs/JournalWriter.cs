using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>Writes appends in one transaction, each as a whole or not at all.</summary>
sealed class JournalWriter(StoreDatabase store)
{
    /// <summary>Whether an exception says that what was to be written is at fault. Class 22 is data, class 23 a constraint.</summary>
    public static bool IsRefusal(PostgresException fault) =>
        fault.SqlState.StartsWith("22", StringComparison.Ordinal) || fault.SqlState.StartsWith("23", StringComparison.Ordinal);

    /// <summary>Writes appends without materializations, in one statement, which is its own transaction.</summary>
    /// <returns>Of each append, in order, whether the run was held and is advanced; where not, nothing of it is written.</returns>
    public async Task<bool[]> WriteAsync(IReadOnlyList<JournalRows> appends)
    {
        await using var connection = await store.Appends.OpenConnectionAsync();
        return await WriteAsync(connection, appends);
    }

    /// <summary>Writes one append with its materializations.</summary>
    /// <returns>Whether the run was held and is advanced; where not, nothing is written.</returns>
    public async Task<bool> WriteAloneAsync(JournalRows append)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (await WriteAsync(connection, [append]) is not [true]) return false;
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var materialization in append.Materializations) batch.Add("select orchestrator.commit_materialization($1)").WithJson(materialization);
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    static async Task<bool[]> WriteAsync(NpgsqlConnection connection, IReadOnlyList<JournalRows> appends)
    {
        await using var command = new NpgsqlCommand(Append, connection);
        Fill(command.Parameters, appends);
        var isAdvanced = new bool[appends.Count];
        await using var row = await command.ExecuteReaderAsync();
        for (var place = 0; await row.ReadAsync(); place++) isAdvanced[place] = row.GetBoolean(0);
        return isAdvanced;
    }

    static void Fill(NpgsqlParameterCollection parameters, IReadOnlyList<JournalRows> appends)
    {
        Column(NpgsqlDbType.Uuid, append => append.Fence.RunId);
        Column(NpgsqlDbType.Bigint, append => append.Fence.Token);
        Column(NpgsqlDbType.Bigint, append => append.ExpectedSequence);
        Column(NpgsqlDbType.Integer, append => append.Entries.Count);
        Column(NpgsqlDbType.Text, append => append.Run?.Status);
        Column(NpgsqlDbType.TimestampTz, append => append.Run?.StartedAt);
        Column(NpgsqlDbType.TimestampTz, append => append.Run?.FinishedAt);
        Column(NpgsqlDbType.Text, append => append.Run?.ErrorCode);
        Column(NpgsqlDbType.Text, append => append.Run?.ErrorMessage);
        Column(NpgsqlDbType.Text, append => append.Run?.ErrorActivityId);
        Column(NpgsqlDbType.Text, append => append.Run?.SuspendedReason);
        Column(NpgsqlDbType.Text, append => append.Run?.RunName);
        Column(NpgsqlDbType.Text, append => append.Run?.CorrelationId);
        Column(NpgsqlDbType.Json, append => append.Executions);
        Column(NpgsqlDbType.Json, append => append.Log);
        Column(NpgsqlDbType.Json, append => append.Checks);
        var before = 0;
        Column(NpgsqlDbType.Integer, append => (before += append.Entries.Count) - append.Entries.Count);
        var entries = appends.SelectMany(append => append.Entries).ToList();
        Add(NpgsqlDbType.TimestampTz, entries.ConvertAll(entry => entry.At));
        Add(NpgsqlDbType.Text, entries.ConvertAll(entry => entry.Type));
        Add(NpgsqlDbType.Json, entries.ConvertAll(entry => entry.Payload));

        void Column<T>(NpgsqlDbType type, Func<JournalRows, T> value) => Add(type, appends.Select(value).ToArray());
        void Add<T>(NpgsqlDbType type, IReadOnlyList<T> values) => parameters.With(values, NpgsqlDbType.Array | type);
    }

    // In order, each by itself. The entries of all lie one after the other; an append's begin after those before it.
    const string Append = """
        select orchestrator.append_to_run(
          id, token, expected, events, status, started_at, finished_at, error_code, error_message, error_activity_id, suspended_reason, run_name, correlation_id,
          executions, log, checks, $18[earlier + 1 : earlier + events], $19[earlier + 1 : earlier + events], $20[earlier + 1 : earlier + events])
        from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) as given
          (id, token, expected, events, status, started_at, finished_at, error_code, error_message, error_activity_id, suspended_reason, run_name, correlation_id,
           executions, log, checks, earlier)
        """;
}
