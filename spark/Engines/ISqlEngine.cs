using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Engines;

/// <summary>Runs models over Parquet files. The embedded one is DuckDB; a cluster is reached by Spark Connect.</summary>
public interface ISqlEngine
{
    /// <summary>Name of the engine, as the command line takes it: <c>duckdb</c> or <c>spark</c>.</summary>
    string Name { get; }

    /// <summary>Opens a session: views live in it and end with it.</summary>
    /// <exception cref="SqlEngineException">The engine cannot be reached.</exception>
    Task<ISqlSession> OpenAsync(SqlSessionContext context, CancellationToken cancellationToken);

    /// <summary>Examines the engine step by step, each with the time it took.</summary>
    /// <exception cref="SqlEngineException">It does not, with what to do.</exception>
    Task<IReadOnlyList<EngineProbe>> ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>A session of an engine. Work may be asked of it at once; an engine without use for that takes it in turn.</summary>
public interface ISqlSession : IAsyncDisposable
{
    /// <summary>
    /// Description of the engine for people: name, version and, if it has one, the application, such as <c>Spark 4.2.0, application
    /// local-17</c>.
    /// </summary>
    string Engine { get; }

    /// <summary>Makes Parquet files readable under a name. With no files the view is empty and has the columns given.</summary>
    /// <param name="view">Name of the view, as models write it.</param>
    /// <param name="files">Addresses of the files.</param>
    /// <param name="columns">Names and SQL types; needed only where <paramref name="files"/> is empty.</param>
    Task CreateViewAsync(string view, IReadOnlyList<Uri> files, IReadOnlyList<SqlColumn> columns, CancellationToken cancellationToken);

    /// <summary>
    /// Makes the Parquet files of several months readable under one name, with a column <c>month</c> that holds the first day.
    /// </summary>
    /// <param name="view">Name of the view, as models write it.</param>
    /// <param name="months">The files by month; with no months the view is empty and has the columns given.</param>
    /// <param name="columns">Names and SQL types without <c>month</c>; needed only where there are no months.</param>
    Task CreateMonthlyViewAsync(string view, IReadOnlyList<MonthFiles> months, IReadOnlyList<SqlColumn> columns,
        CancellationToken cancellationToken);

    /// <summary>Names a query; each query that reads it computes it again.</summary>
    /// <param name="view">Name of the view, as models write it.</param>
    /// <param name="sql">One select without parameters.</param>
    Task DefineViewAsync(string view, string sql, CancellationToken cancellationToken);

    /// <summary>Computes a query once and keeps its rows under a name until the session ends.</summary>
    /// <param name="table">Name of the table, as models write it.</param>
    /// <param name="sql">One select; named parameters are written <c>:name</c>.</param>
    /// <param name="parameters">Parameter name → value.</param>
    /// <exception cref="SqlEngineException">The query failed.</exception>
    Task MaterializeAsync(string table, string sql, IReadOnlyDictionary<string, object?> parameters, CancellationToken cancellationToken);

    /// <summary>Executes a query and writes its rows as zstd Parquet files into a folder that is not there yet.</summary>
    /// <param name="sql">One select; named parameters are written <c>:name</c>.</param>
    /// <param name="parameters">Parameter name → value.</param>
    /// <param name="target">Address of the folder, ending in a slash.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="SqlEngineException">The query failed; nothing in the folder may be used.</exception>
    Task<WrittenTable> WriteAsync(string sql, IReadOnlyDictionary<string, object?> parameters, Uri target,
        CancellationToken cancellationToken);

    /// <summary>Executes a query whose result is small.</summary>
    /// <returns>The rows; each value is null, a string, a bool, a long, a double, a decimal or a DateOnly.</returns>
    /// <exception cref="SqlEngineException">The query failed.</exception>
    Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> QueryAsync(
        string sql, IReadOnlyDictionary<string, object?> parameters, CancellationToken cancellationToken);
}

/// <summary>The files of one month.</summary>
/// <param name="Month">First day of the month.</param>
/// <param name="Files">Addresses of its files.</param>
public sealed record MonthFiles(DateOnly Month, IReadOnlyList<Uri> Files);

/// <summary>The outcome of <see cref="ISqlSession.WriteAsync"/>.</summary>
/// <param name="Rows">Rows in all files.</param>
/// <param name="Columns">The columns in order.</param>
/// <param name="Files">The files, by name.</param>
public sealed record WrittenTable(long Rows, IReadOnlyList<SqlColumn> Columns, IReadOnlyList<WrittenFile> Files)
{
    /// <summary>Figures of the work by name: <c>spark.stages</c> and <c>spark.tasks</c>; empty for an engine that reports none.</summary>
    public IReadOnlyDictionary<string, decimal> Figures { get; init; } = new Dictionary<string, decimal>();
}

/// <summary>A file that was written.</summary>
/// <param name="Address">Where it lies.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal.</param>
/// <param name="Rows">Rows in it.</param>
public sealed record WrittenFile(Uri Address, long Bytes, string Sha256, long Rows);
