using Npgsql;

namespace Orchestrator.Tests.Integration.Workers;

/// <summary>A real process that is stopped with SIGSTOP in the middle of its work, and woken after another one has finished the run.</summary>
public sealed class PausedWorkerTests(PostgresFixture postgres)
{
    // A month of 3,000 sales has four files to upload; the ninth commit in the warehouse is the load's swap.
    static readonly string[] Points =
    [
        "journal.before_commit:4", "upload.part:2", "load.copied:3", "warehouse.before_commit:9", "load.swapped", "tune.built",
    ];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Woken_worker_writes_neither_journal_nor_materialization_nor_object_nor_table()
    {
        await Parallel.ForEachAsync(Points, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = Token }, async (point, _) =>
        {
            var database = await postgres.CreateDatabaseAsync();
            using var data = new DataFolder();
            string[] place = ["--data", data.Path, "--postgres", database];
            using var paused = OrchestratorProcess.Start(
                new Dictionary<string, string> { ["ORCHESTRATOR_PAUSE_AT"] = point, ["Activities__TuneIndexes__LeastTablePages"] = "1" },
                ["run", "monthly-sales", "--partition", "2026-10", "--json", .. place, "--input", "rows=3000", "--input", "customers=300", "--input", "stores=10", "--input", "salesPeople=20"]);
            await WaitUntilStoppedAsync(paused, point);
            // Instead of waiting for the 15 s of its lease.
            await ExecuteAsync(database, "update orchestrator.run set lease_expires_at = now() - interval '1 s'");

            var other = await OrchestratorProcess.RunAsync(["runs", "resume", "last", "--json", .. place]);
            Assert.True(other.ExitCode == 0, $"{point}: {other.Output}{other.Error}");
            Assert.True(other.Output.Contains("Succeeded", StringComparison.Ordinal), $"{point}: {other.Output} {other.Error}");
            var (tables, objects) = (await TablesAsync(database), ObjectsIn(data.Path));
            paused.Signal("CONT");
            var woken = await paused.EndAsync();

            var changed = (await TablesAsync(database)).Except(tables).ToList();
            Assert.True(changed.Count == 0, $"{point}: the woken worker changed {string.Join(", ", changed)}.");
            Assert.True(objects == ObjectsIn(data.Path), $"{point}: the woken worker wrote an object.");
            // It shows the run as the other worker ended it.
            Assert.True(woken.ExitCode == 0, $"{point}: {woken.Output}{woken.Error}");
        });
    }

    static async Task WaitUntilStoppedAsync(OrchestratorProcess process, string point)
    {
        for (var i = 0; i < 1_200; i++)
        {
            var status = await File.ReadAllTextAsync($"/proc/{process.Id}/stat", Token);
            if (status[(status.LastIndexOf(')') + 2)..][0] == 'T') return;
            Assert.False(process.HasExited, $"{point}: the process never got there.");
            await Task.Delay(50, Token);
        }
        Assert.Fail($"{point}: the process did not stop within a minute.");
    }

    /// <summary>Every row of every table with the transaction that wrote it.</summary>
    static async Task<IReadOnlyList<string>> TablesAsync(string database)
    {
        var found = await ScalarAsync(database, """
            select string_agg(format('select concat(%L, '' '', count(*), '' '', md5(string_agg(xmin::text || t::text, ''|'' order by t::text))) from %s as t', oid::regclass, oid::regclass), ' union all ' order by oid::regclass::text)
            from pg_class where relkind = 'r' and relnamespace in ('sales'::regnamespace, 'orchestrator'::regnamespace) and relname <> 'worker' and relname not like 'staging%'
            """);
        return (await ScalarAsync(database, $"select string_agg(contents, '|' order by contents) from ({found}) as tables (contents)")).Split('|');
    }

    static string ObjectsIn(string data)
    {
        var store = Path.Combine(data, "store");
        return string.Join(' ', Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    static async Task<string> ScalarAsync(string database, string query)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(query, connection);
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }

    static async Task ExecuteAsync(string database, string statement)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync(Token);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(Token);
    }
}
