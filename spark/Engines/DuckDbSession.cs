using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;

namespace Orchestrator.Spark.Engines;

/// <summary>A session of <see cref="DuckDbEngine"/>.</summary>
sealed class DuckDbSession(DuckDBConnection connection, IFileStaging staging, DuckDbOptions options, string scratch, TimeProvider time)
    : ISqlSession
{
    public string Engine { get; } = $"DuckDB {connection.ServerVersion.TrimStart('v')}";

    static readonly Dictionary<string, object?> NoParameters = [];

    // An interrupt that comes before the query has begun is lost, so it is sent again until the query has ended.
    static readonly TimeSpan InterruptAgainAfter = TimeSpan.FromMilliseconds(50);

    readonly SemaphoreSlim turn = new(1);
    readonly ConcurrentDictionary<string, bool> isTable = new(StringComparer.OrdinalIgnoreCase);
    int written;

    public Task CreateViewAsync(string view, IReadOnlyList<Uri> files, IReadOnlyList<SqlColumn> columns,
        CancellationToken cancellationToken) =>
        CreateViewAsync(view, columns, [(null, files)], cancellationToken);

    public Task CreateMonthlyViewAsync(
        string view, IReadOnlyList<MonthFiles> months, IReadOnlyList<SqlColumn> columns, CancellationToken cancellationToken) =>
        CreateViewAsync(view, [new("month", "date"), .. columns], [.. months.Select(month => ((DateOnly?)month.Month, month.Files))],
            cancellationToken);

    public async Task DefineViewAsync(string view, string sql, CancellationToken cancellationToken)
    {
        // DuckDB replaces a view by a view and a table by a table only.
        if (isTable.TryRemove(KeyValuePair.Create(view, true)))
            await ExecuteAsync($"drop table {SqlText.Identifier(view)}", cancellationToken);
        await ExecuteAsync($"create or replace temp view {SqlText.Identifier(view)} as\n{sql}", cancellationToken);
        isTable[view] = false;
    }

    public async Task MaterializeAsync(string table, string sql, IReadOnlyDictionary<string, object?> parameters,
        CancellationToken cancellationToken)
    {
        if (isTable.TryRemove(KeyValuePair.Create(table, false)))
            await ExecuteAsync($"drop view {SqlText.Identifier(table)}", cancellationToken);
        await RunAsync($"create or replace temp table {SqlText.Identifier(table)} as\n{sql}", parameters, static _ => 0, cancellationToken);
        isTable[table] = true;
    }

    public async Task<WrittenTable> WriteAsync(
        string sql, IReadOnlyDictionary<string, object?> parameters, Uri target, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(scratch, string.Create(CultureInfo.InvariantCulture, $"written-{Interlocked.Increment(ref written)}"));
        var parts = await RunAsync(ParquetSql.CopyToFolder(sql, folder, options.FileSizeMiB), parameters,
            static reader => (Path: reader.GetString(0), Rows: (long)reader.GetFieldValue<ulong>(1),
                Bytes: (long)reader.GetFieldValue<ulong>(2)), cancellationToken);
        // Threads may close their files in any order; the longest name has the highest number.
        parts = [.. parts.OrderBy(part => part.Path.Length).ThenBy(part => part.Path, StringComparer.Ordinal)];
        var columns = await RunAsync(ParquetSql.Columns(parts[0].Path), NoParameters,
            static reader => new SqlColumn(reader.GetString(0), ParquetFooter.TypeOf(reader.GetString(1))), cancellationToken);
        var files = new List<WrittenFile>();
        foreach (var part in parts)
        {
            var address = new Uri(target, string.Create(CultureInfo.InvariantCulture, $"part-{files.Count:d5}.parquet"));
            var sha256 = await staging.DeliverAsync(part.Path, address, cancellationToken);
            files.Add(new(address, part.Bytes, sha256, part.Rows));
        }
        return new(files.Sum(file => file.Rows), columns, files);
    }

    public async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> QueryAsync(
        string sql, IReadOnlyDictionary<string, object?> parameters, CancellationToken cancellationToken) =>
        await RunAsync(sql, parameters, Row, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        turn.Dispose();
        if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
    }

    internal Task ExecuteAsync(string sql, CancellationToken cancellationToken) =>
        RunAsync(sql, NoParameters, static _ => 0, cancellationToken);

    async Task CreateViewAsync(
        string view, IReadOnlyList<SqlColumn> columns, IReadOnlyList<(DateOnly? Month, IReadOnlyList<Uri> Files)> months,
        CancellationToken cancellationToken)
    {
        var branches = new List<string>();
        foreach (var (month, files) in months)
        {
            if (files.Count == 0) continue;
            var paths = new List<string>();
            foreach (var file in files) paths.Add(await staging.FetchAsync(file, scratch, cancellationToken));
            var literal = month is { } first ? $"date '{first:yyyy-MM-dd}' as month, " : "";
            branches.Add($"select {literal}* from {ParquetSql.Rows(paths)}");
        }
        if (branches.Count == 0)
            branches.Add($"select {string.Join(", ", columns.Select(column => $"cast(null as {column.Type}) as " +
                $"{SqlText.Identifier(column.Name)}"))} where false");
        await DefineViewAsync(view, string.Join("\nunion all by name\n", branches), cancellationToken);
    }

    async Task<List<T>> RunAsync<T>(
        string sql, IReadOnlyDictionary<string, object?> parameters, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        // A connection executes one statement at a time.
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await ExecuteAsync(sql, parameters, read, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    [SuppressMessage("Security", "CA2100",
        Justification = "An engine runs the SQL it is given: models of ours, with values as parameters.")]
    async Task<List<T>> ExecuteAsync<T>(
        string sql, IReadOnlyDictionary<string, object?> parameters, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var rewritten = NamedParameters.In(sql);
        await using var command = connection.CreateCommand();
        command.CommandText = rewritten.Sql;
        foreach (var name in rewritten.UsedOf(parameters))
            command.Parameters.Add(new DuckDBParameter(name, parameters[name] ?? DBNull.Value));
        // DuckDB works on the calling thread: another one keeps the caller free to interrupt it.
        var query = Task.Run(() => Read(command, read), CancellationToken.None);
        await InterruptOnceCancelledAsync(command, query, cancellationToken);
        try
        {
            return await query;
        }
        catch (DuckDBException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw DuckDbErrors.From(error, options);
        }
        catch (OperationCanceledException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SqlEngineException("sql.cancelled", "The query was interrupted before it ended.", isRetryable: true, error);
        }
    }

    async Task InterruptOnceCancelledAsync(DuckDBCommand command, Task query, CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await Task.WhenAny(query, cancelled.Task);
        while (!query.IsCompleted)
        {
            command.Cancel();
            await Task.WhenAny(query, Task.Delay(InterruptAgainAfter, time, CancellationToken.None));
        }
    }

    static List<T> Read<T>(DuckDBCommand command, Func<DbDataReader, T> read)
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    static IReadOnlyDictionary<string, object?> Row(DbDataReader reader)
    {
        var row = new Dictionary<string, object?>(reader.FieldCount, StringComparer.Ordinal);
        for (var i = 0; i < reader.FieldCount; i++) row.Add(reader.GetName(i), reader.IsDBNull(i) ? null : Value(reader.GetValue(i)));
        return row;
    }

    static object Value(object value) => value switch
    {
        sbyte or byte or short or ushort or int or uint or ulong => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        BigInteger big => big >= long.MinValue && big <= long.MaxValue ? (long)big : (object)(decimal)big,
        float single => (double)single,
        string or bool or long or double or decimal or DateOnly => value,
        _ => throw new SqlEngineException("sql.unsupported_type",
            $"The query gives a value of type {value.GetType().Name}. Cast it to text, a number, a date or true and false.",
            isRetryable: false),
    };
}
