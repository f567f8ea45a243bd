using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Journal;

/// <summary>Writes appends in one transaction, each as a whole or not at all.</summary>
sealed class JournalWriter(StoreDatabase store)
{
    /// <summary>
    /// Whether an exception blames the data that was to be written. Class 22 is data, class 23 a constraint, class 54 a limit such as that
    /// of an index.
    /// </summary>
    public static bool IsRefusal(PostgresException fault) => fault.SqlState[..2] is "22" or "23" or "54";

    /// <summary>Writes appends without materializations, in one statement, which is its own transaction.</summary>
    /// <returns>For each append, in order, whether the run was held and is advanced; if not, nothing of it is written.</returns>
    public async Task<bool[]> WriteAsync(IReadOnlyList<JournalRows> appends)
    {
        await using var connection = await store.Appends.OpenConnectionAsync();
        return appends is [var alone] ? [await WriteAsync(connection, alone)] : await WriteAsync(connection, appends);
    }

    /// <summary>Writes one append with its materializations.</summary>
    /// <returns>Whether the run was held and is advanced; if not, nothing is written.</returns>
    public async Task<bool> WriteAloneAsync(JournalRows append)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        if (!await WriteAsync(connection, append)) return false;
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var materialization in append.Materializations) batch.Add("select orchestrator.commit_materialization($1)").WithJson(materialization);
        await batch.ExecuteNonQueryAsync();
        await transaction.CommitAsync();
        return true;
    }

    /// <summary>One append: a single run does not pay for the statement for many.</summary>
    static async Task<bool> WriteAsync(NpgsqlConnection connection, JournalRows append)
    {
        var (run, entries) = (append.Run, append.Entries);
        await using var command = new NpgsqlCommand(
            "select orchestrator.append_to_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)", connection);
        command.Parameters
            .With(append.Fence.RunId).With(append.Fence.Token).With(append.ExpectedSequence).With(entries.Count)
            .With(run?.Status).With(run?.StartedAt).With(run?.FinishedAt).With(run?.ErrorCode).With(run?.ErrorMessage).With(run?.ErrorActivityId)
            .With(run?.SuspendedReason).With(run?.RunName).With(run?.CorrelationId)
            .With(append.Executions, NpgsqlDbType.Json).With(append.Log, NpgsqlDbType.Json).With(append.Checks, NpgsqlDbType.Json)
            .With(entries.Select(entry => entry.At).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz)
            .With(entries.Select(entry => entry.Type).ToArray())
            .With(entries.Select(entry => entry.Payload).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Json);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Many appends: the work of <c>append_to_run</c> in one statement for all of them.</summary>
    static async Task<bool[]> WriteAsync(NpgsqlConnection connection, IReadOnlyList<JournalRows> appends)
    {
        var (hasLog, hasChecks) = (appends.Any(append => append.Log is not null), appends.Any(append => append.Checks is not null));
        // CA2100: one of four texts, all built from the constants below.
#pragma warning disable CA2100
        await using var command = new NpgsqlCommand($"{Advance}{(hasLog ? InsertLog : "")}{(hasChecks ? InsertChecks : "")}{Answer}", connection);
#pragma warning restore CA2100
        Fill(command.Parameters, appends);
        var isAdvanced = new bool[appends.Count];
        await using var place = await command.ExecuteReaderAsync();
        while (await place.ReadAsync()) isAdvanced[place.GetInt64(0) - 1] = true;
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
        var entries = appends.SelectMany((append, index) => append.Entries.Select(entry => (Place: index + 1L, Entry: entry))).ToList();
        Add(NpgsqlDbType.Bigint, entries.ConvertAll(row => row.Place));
        Add(NpgsqlDbType.Bigint, entries.ConvertAll(row => row.Entry.Sequence));
        Add(NpgsqlDbType.TimestampTz, entries.ConvertAll(row => row.Entry.At));
        Add(NpgsqlDbType.Text, entries.ConvertAll(row => row.Entry.Type));
        Add(NpgsqlDbType.Json, entries.ConvertAll(row => row.Entry.Payload));
        Column(NpgsqlDbType.Json, append => append.Log);
        Column(NpgsqlDbType.Json, append => append.Checks);

        void Column<T>(NpgsqlDbType type, Func<JournalRows, T> value) => Add(type, appends.Select(value).ToArray());
        void Add<T>(NpgsqlDbType type, IReadOnlyList<T> values) => parameters.With(values, NpgsqlDbType.Array | type);
    }

    // Only the holder of the newest token advances a run, and only from the end of the journal. The following rows are written for those
    // alone.
    const string Advance = """
        with given as (
          select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) with ordinality as given
            (id, token, expected, events, status, started_at, finished_at, error_code, error_message, error_activity_id, suspended_reason, run_name, correlation_id, place)),
        changed as (
          update orchestrator.run
          set last_sequence = given.expected + given.events, status = given.status, started_at = given.started_at, finished_at = given.finished_at,
              error_code = given.error_code, error_message = given.error_message, error_activity_id = given.error_activity_id,
              suspended_reason = given.suspended_reason, run_name = given.run_name, correlation_id = given.correlation_id,
              lease_owner = case when given.finished_at is null then lease_owner end,
              lease_expires_at = case when given.finished_at is null then lease_expires_at end
          from given
          where given.status is not null and run.id = given.id and run.fencing_token = given.token and run.last_sequence = given.expected
          returning run.id as run_id, given.place),
        kept as (
          update orchestrator.run set last_sequence = given.expected + given.events
          from given
          where given.status is null and run.id = given.id and run.fencing_token = given.token and run.last_sequence = given.expected
          returning run.id as run_id, given.place),
        advanced as (select * from changed union all select * from kept),
        entries as (
          insert into orchestrator.journal (run_id, sequence, at, type, payload)
          select advanced.run_id, entry.sequence, entry.at, entry.type, entry.payload
          from unnest($15, $16, $17, $18, $19) as entry (place, sequence, at, type, payload) join advanced using (place)),
        executions as (
          insert into orchestrator.activity_execution
          select execution.*
          from unnest($14) with ordinality as given (rows, place) join advanced using (place),
            json_populate_recordset(null::orchestrator.activity_execution, given.rows) as execution
          on conflict (run_id, number) do update
          set status = excluded.status, attempts = excluded.attempts, started_at = excluded.started_at, finished_at = excluded.finished_at,
              inputs = excluded.inputs, outputs = excluded.outputs, outcomes = excluded.outcomes, metrics = excluded.metrics,
              error_code = excluded.error_code, error_message = excluded.error_message)
        """;

    const string InsertLog = """
        , lines as (
          insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message)
          select line.run_id, line.activity_id, line.attempt, line.at, line.event, line.message
          from unnest($20) with ordinality as given (rows, place) join advanced using (place),
            json_populate_recordset(null::orchestrator.activity_log, given.rows) as line)
        """;

    const string InsertChecks = """
        , checks as (
          insert into orchestrator.asset_check_result
            (run_id, activity_id, attempt, at, check_name, asset, partition, severity, is_passed, expected, actual, offending_rows)
          select made.run_id, made.activity_id, made.attempt, made.at, made.check_name, made.asset, made.partition, made.severity, made.is_passed,
            made.expected, made.actual, made.offending_rows
          from unnest($21) with ordinality as given (rows, place) join advanced using (place),
            json_populate_recordset(null::orchestrator.asset_check_result, given.rows) as made)
        """;

    const string Answer = " select place from advanced";
}
