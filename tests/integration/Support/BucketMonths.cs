using System.Globalization;
using System.Text.Json;
using Npgsql;
using Orchestrator.Tests.Integration.Faults;
using Orchestrator.Tests.Integration.S3;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Months through the real program, with their files below a prefix of a bucket and their models on one of the engines.</summary>
/// <param name="spark">Address of the Spark server; <see langword="null"/> for DuckDB.</param>
sealed class BucketMonths(S3Server server, string bucket, string database, string? spark) : IDisposable
{
    readonly DataFolder data = new();
    readonly string prefix = $"months-{Guid.CreateVersion7():n}";

    public string Store => $"s3://{bucket}/{prefix}/";

    public string Database => database;

    /// <summary>Starts the program.</summary>
    /// <param name="settings">Environment variables beside those of the store.</param>
    public OrchestratorProcess Start(IReadOnlyDictionary<string, string> settings, params IEnumerable<string> command)
    {
        var environment = new Dictionary<string, string>(server.EnvironmentOf(S3Server.Root));
        foreach (var (name, value) in settings) environment[name] = value;
        return OrchestratorProcess.Start(environment,
            [.. command, "--data", data.Path, "--postgres", database, "--store", Store.TrimEnd('/'), .. spark is null ? [] : new[] { "--engine", "spark", "--spark", spark }]);
    }

    /// <summary>Runs a workflow to its good end.</summary>
    /// <returns>What it says as JSON.</returns>
    public async Task<JsonElement> RunAsync(params IEnumerable<string> arguments)
    {
        using var process = Start(new Dictionary<string, string>(), ["run", .. arguments, "--json"]);
        var ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        var run = JsonElement.Parse(ended.Output);
        Assert.Equal("Succeeded", run.GetProperty("status").GetString());
        return run;
    }

    /// <summary>Rows, columns and a sum over the hashes of the rows of each table in the store, in any order of rows, with all keys; and of PostgreSQL's tables.</summary>
    public async Task<string> TablesAsync()
    {
        var current = JsonElement.Parse(await Verdict.ScalarAsync(database, """
            select json_agg(json_build_object('name', concat_ws(' ', asset, partition), 'columns', columns, 'files', files) order by asset, partition)::text
            from orchestrator.materialization where is_current and (asset like 'dim%' or asset like 'fact%' or asset like 'mart%') and json_array_length(files) > 0
            """));
        var tables = current.EnumerateArray().Select(table =>
        {
            var columns = table.GetProperty("columns").EnumerateArray().Select(column => (Name: column.GetProperty("name").GetString(), Type: column.GetProperty("type").GetString())).ToList();
            var files = table.GetProperty("files").EnumerateArray().Select(file => $"'{FileOf(file.GetProperty("path").GetString()!)}'");
            var sums = StarMonths.Query($"""
                select count(*), coalesce(sum(hash(columns)::hugeint), 0)::text
                from (select row({string.Join(", ", columns.Select(column => $"\"{column.Name}\""))}) as columns from read_parquet([{string.Join(", ", files)}], hive_partitioning = false))
                """)[0];
            return string.Create(CultureInfo.InvariantCulture, $"{table.GetProperty("name")}: {sums[0]} rows, {sums[1]}, {string.Join(", ", columns.Select(column => $"{column.Name} {column.Type}"))}");
        }).ToList();
        return string.Join('\n', [.. tables, await Verdict.TablesAsync(database)]);
    }

    /// <summary>What Spark writes below a folder of the store just now, once it has begun with it.</summary>
    public async Task<SparkWrite> BegunWriteAsync(string folder)
    {
        return await Eventually.GivesAsync($"Spark to write {folder}", async () =>
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            return await LastWriteAsync(folder) is { } write && Directory.Exists(Path.Combine(FileOf(write.Key), "_temporary")) ? write : null;
        }, TimeSpan.FromMinutes(4));
    }

    /// <summary>The operation that was noted last for a folder.</summary>
    public async Task<SparkWrite?> LastWriteAsync(string folder)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("""
            select payload::text from orchestrator.journal where type = 'activity.checkpoint_saved' and payload::text like '%operation%' order by sequence desc limit 1
            """, connection);
        try
        {
            if (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken) is not string payload) return null;
            return Newest(payload);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The program has just been started.
            return null;
        }

        SparkWrite? Newest(string payload) => (from write in JsonElement.Parse(payload).GetProperty("state").GetProperty("writes").EnumerateArray()
                                               where write.GetProperty("written").ValueKind is JsonValueKind.Null && write.GetProperty("target").GetString()!.StartsWith($"{Store}{folder}/", StringComparison.Ordinal)
                                               select new SparkWrite(write.GetProperty("operation").GetString()!, write.GetProperty("target").GetString()![Store.Length..])).LastOrDefault();
    }

    /// <summary>Where the S3 server keeps an object, or a folder.</summary>
    public string FileOf(string key) => server.FileOf(bucket, $"{prefix}/{key}");

    public void Dispose() => data.Dispose();
}

/// <param name="Operation">Its id on the Spark server.</param>
/// <param name="Key">The folder that it writes into, below the store.</param>
sealed record SparkWrite(string Operation, string Key);
