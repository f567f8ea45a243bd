using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// The DuckDB database of one import, in a file of the attempt's folder: what does not fit into its memory limit goes there. After
/// <see cref="Close"/> to the outside it reads and writes nothing but what it was told to.
/// </summary>
sealed class ImportDatabase : IDisposable
{
    // Rows that DuckDB works on at once on each thread, and how much more than the texts it takes for them.
    const int RowsPerVector = 2048, Overhead = 2;

    readonly CancellationToken cancellation;
    readonly string path;
    readonly int memoryLimitMegabytes;

    /// <summary>Creates it.</summary>
    /// <param name="folder">An empty folder of the attempt.</param>
    public ImportDatabase(string folder, int memoryLimitMegabytes, CancellationToken cancellationToken)
    {
        cancellation = cancellationToken;
        this.memoryLimitMegabytes = memoryLimitMegabytes;
        path = Path.Combine(folder, "import.duckdb");
        Connection = DuckDbConnections.Open($"DataSource={path}");
        Execute(string.Create(CultureInfo.InvariantCulture, $"set memory_limit = '{memoryLimitMegabytes}MB'"));
        Execute($"set temp_directory = {Text(Path.Combine(folder, "spill"))}");
        // The file is deleted when the import ends, so nothing need be written into it then; a cancelled import would wait for that.
        Execute("pragma disable_checkpoint_on_shutdown");
        Execute("set autoinstall_known_extensions = false");
        Execute("set autoload_known_extensions = false");
        StrictDates.DefineIn(this);
    }

    /// <summary>The connection, for appenders.</summary>
    public DuckDBConnection Connection { get; }

    /// <summary>Closes access to files and network, for good: expressions of a mapping run only after that.</summary>
    /// <param name="readable">Files that stay readable.</param>
    /// <param name="writable">The folders that stay writable.</param>
    public void Close(IEnumerable<string> readable, IEnumerable<string> writable)
    {
        Execute($"set allowed_paths = [{string.Join(", ", readable.Select(Text))}]");
        Execute($"set allowed_directories = [{string.Join(", ", writable.Select(Text))}]");
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
    public void Execute(string sql) => Run(sql, command => command.ExecuteNonQuery());

    /// <summary>Executes a query whose result is small.</summary>
    public List<T> Query<T>(string sql, Func<DuckDBDataReader, T> read) => Run(sql, command =>
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    });

    /// <summary>A text as an SQL literal.</summary>
    public static string Text(string value) => $"'{value.Replace("'", "''")}'";

    /// <summary>A name as an SQL identifier.</summary>
    public static string Name(string value) => $"\"{value.Replace("\"", "\"\"")}\"";

    /// <inheritdoc/>
    public void Dispose()
    {
        Connection.Dispose();
        foreach (var file in new[] { path, $"{path}.wal" }) File.Delete(file);
    }

    T Run<T>(string sql, Func<DuckDBCommand, T> run)
    {
        cancellation.ThrowIfCancellationRequested();
        using var command = Connection.CreateCommand();
#pragma warning disable CA2100 // Texts and names in it are quoted by the two methods above; a mapping's expressions were checked and run locked in.
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
    }
}
