using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;

namespace Orchestrator.Spark.DuckDb;

/// <summary>A DuckDB database in this process, in memory or in a file. Every statement ends when the token is canceled.</summary>
public sealed class LocalDatabase : IDisposable
{
    // Rows that DuckDB works on at once on each thread, and how much more than the texts it takes for them.
    const int RowsPerVector = 2048, Overhead = 2;

    readonly CancellationToken cancellation;
    readonly string? path;
    readonly int memoryLimitMegabytes;

    LocalDatabase(string source, string? path, int memoryLimitMegabytes, CancellationToken cancellationToken)
    {
        (this.path, this.memoryLimitMegabytes, cancellation) = (path, memoryLimitMegabytes, cancellationToken);
        Connection = LocalDatabaseException.Within(() => DuckDbConnections.Open(source));
    }

    internal DuckDBConnection Connection { get; }

    /// <summary>Creates a database in memory with one thread.</summary>
    public static LocalDatabase InMemory(
        CancellationToken cancellationToken) => new("DataSource=:memory:;threads=1", null, 0, cancellationToken);

    /// <summary>Creates a database in a folder: what does not fit into its memory limit goes there.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="name">Name of the file without its extension.</param>
    public static LocalDatabase InFolder(
        string folder, string name, int memoryLimitMegabytes, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, $"{name}.duckdb");
        var database = new LocalDatabase($"DataSource={file}", file, memoryLimitMegabytes, cancellationToken);
        try
        {
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"set memory_limit = '{memoryLimitMegabytes}MB'"));
            database.Execute($"set temp_directory = {SqlText.Literal(Path.Combine(folder, "spill"))}");
            // The file is deleted with the database, so nothing need be written into it then; a canceled import would wait for that.
            database.Execute("pragma disable_checkpoint_on_shutdown");
            database.Execute("set autoinstall_known_extensions = false");
            database.Execute("set autoload_known_extensions = false");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Closes access to files and network, for good: expressions of others run only after that.</summary>
    /// <param name="readable">Files that stay readable.</param>
    /// <param name="writable">The folders that stay writable.</param>
    public void Close(IEnumerable<string> readable, IEnumerable<string> writable)
    {
        var paths = readable.SelectMany(file => new[] { file, SqlText.PatternOf(file) }).Distinct();
        Execute($"set allowed_paths = [{string.Join(", ", paths.Select(SqlText.Literal))}]");
        Execute($"set allowed_directories = [{string.Join(", ", writable.Select(SqlText.Literal))}]");
        Execute("set enable_external_access = false");
        Execute("set lock_configuration = true");
    }

    /// <summary>
    /// Lets only so many threads work that the texts of their rows fit into the memory limit: DuckDB does not count texts while an
    /// expression makes them.
    /// </summary>
    /// <param name="bytesPerRow">Most bytes of text that expressions make for a row.</param>
    public void FitThreads(long bytesPerRow)
    {
        var fitting = memoryLimitMegabytes * 1024L * 1024 / (RowsPerVector * Overhead * Math.Max(1, bytesPerRow));
        Execute(string.Create(CultureInfo.InvariantCulture, $"set threads = {Math.Clamp(fitting, 1, Environment.ProcessorCount)}"));
    }

    /// <summary>Executes statements.</summary>
    /// <exception cref="LocalDatabaseException">A statement failed.</exception>
    public void Execute(string sql) => Run(sql, command => command.ExecuteNonQuery());

    /// <summary>Executes a query whose result is small.</summary>
    /// <exception cref="LocalDatabaseException">The query failed.</exception>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> read) => Run(sql, command =>
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        Connection.Dispose();
        if (path is null) return;
        File.Delete(path);
        File.Delete($"{path}.wal");
    }

    T Run<T>(string sql, Func<DuckDBCommand, T> run)
    {
        cancellation.ThrowIfCancellationRequested();
        using var command = Connection.CreateCommand();
#pragma warning disable CA2100 // Callers quote texts and names by SqlText; expressions of a mapping were checked and run locked in.
        command.CommandText = sql;
#pragma warning restore CA2100
        using var interrupt = new DuckDbInterrupt(command, cancellation);
        try
        {
            return run(command);
        }
        catch (DbException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (DuckDBException error)
        {
            throw LocalDatabaseException.From(error);
        }
    }
}
