using System.Globalization;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Engines;

/// <summary>
/// DuckDB in this process: each session is a database in memory of its own, with a limit of memory and a scratch folder to spill to.
/// It reads and writes below its scratch folder and the folders of the staging; other files, the network and extensions are closed to it.
/// </summary>
/// <param name="staging">Brings files of the store and takes what a session writes.</param>
/// <param name="options">Memory and threads of a session.</param>
/// <param name="time">Clock of the waits.</param>
public sealed class DuckDbEngine(IFileStaging staging, IOptions<DuckDbOptions> options, TimeProvider time) : ISqlEngine
{
    int sessions;

    /// <inheritdoc/>
    public string Name => "duckdb";

    /// <inheritdoc/>
    public async Task<ISqlSession> OpenAsync(SqlSessionContext context, CancellationToken cancellationToken)
    {
        var scratch = Path.GetFullPath(Path.Combine(context.ScratchDirectory, $"duckdb-{Interlocked.Increment(ref sessions)}"));
        Directory.CreateDirectory(scratch);
        var connection = DuckDbConnections.Open("DataSource=:memory:");
        try
        {
            var session = new DuckDbSession(connection, staging, options.Value, scratch, time);
            await session.ExecuteAsync(string.Join(";\n", Settings(scratch)), cancellationToken);
            return session;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EngineProbe>> ProbeAsync(CancellationToken cancellationToken) => Task.Run<IReadOnlyList<EngineProbe>>(() =>
    {
        var started = time.GetTimestamp();
        using var connection = DuckDbConnections.Open("DataSource=:memory:");
        return [new("engine", $"DuckDB {connection.ServerVersion.TrimStart('v')}, in this process", time.GetElapsedTime(started))];
    }, cancellationToken);

    IEnumerable<string> Settings(string scratch)
    {
        var threads = options.Value.Threads > 0 ? options.Value.Threads : Environment.ProcessorCount;
        // Access is compared with the text of a path, which is a pattern where a name has characters of patterns.
        var folders = staging.Folders.Prepend(scratch).Select(folder => Path.GetFullPath(folder).TrimEnd('/', '\\') + "/")
            .SelectMany(folder => new[] { folder, SqlText.PatternOf(folder) }).Distinct().Select(SqlText.Literal);
        yield return string.Create(CultureInfo.InvariantCulture, $"set threads = {threads}");
        yield return string.Create(CultureInfo.InvariantCulture, $"set memory_limit = '{options.Value.MemoryLimitMiB}MiB'");
        yield return $"set temp_directory = {SqlText.Literal(Path.Combine(scratch, "spill"))}";
        yield return "set autoinstall_known_extensions = false";
        yield return "set autoload_known_extensions = false";
        yield return $"set allowed_directories = [{string.Join(", ", folders)}]";
        yield return "set enable_external_access = false";
        yield return "set lock_configuration = true";
    }
}
