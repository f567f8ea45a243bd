using System.Diagnostics;
using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration;

/// <summary>Started by name only: figures of a busy machine say nothing.</summary>
public sealed class LoadTablesSpeedTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Loading_a_million_sales_is_about_as_fast_as_the_server_reading_them_from_its_disk()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000_000, customers: 50_000);
        var csv = Path.Combine(harness.Folder, "fact.csv");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(harness.Folder, File.GetUnixFileMode(harness.Folder) | UnixFileMode.OtherExecute);
        var fact = (await harness.Catalog.FindAsync(new("fact_sales"), StarFiles.October, Token))!;
        StarFiles.WriteCsv(files.PathOf(fact), csv);

        var (load, server) = (new List<double>(), new List<double>());
        for (var round = 0; round < 6; round++)
        {
            var started = Stopwatch.GetTimestamp();
            await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
            load.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await using var connection = await files.DataSource.OpenConnectionAsync(Token);
            await using var command = new NpgsqlCommand(
                $"begin; drop table if exists sales.by_server; create table sales.by_server (like sales.fact_sales); copy sales.by_server from '{csv}' (format csv); commit", connection);
            started = Stopwatch.GetTimestamp();
            await command.ExecuteNonQueryAsync(Token);
            server.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        var (single, processor) = (new List<double>(), new List<double>());
        for (var round = 0; round < 6; round++)
        {
            await using var area = await StagingArea.OpenAsync(files.DataSource, Token);
            var (started, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            await StagedTable.CreateAsync(files.DataSource, WarehouseTable.Fact, StarFiles.October, fact, area.NameFor(WarehouseTable.Fact), [files.PathOf(fact)], new(), _ => { }, Token);
            single.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            processor.Add((Environment.CpuUsage.TotalTime - used).TotalMilliseconds);
        }
        TestContext.Current.SendDiagnosticMessage($"LoadTables, all seven tables: {Text(load)}; fact alone: {Text(single)}, of our processor time {Text(processor)}; the server's COPY of the fact from CSV: {Text(server)} ms");
        Assert.True(Median(single) <= Median(server) / 0.9, $"Fact: {Text(single)}; by the server {Text(server)}.");

        static double Median(List<double> all) => all.Skip(1).Order().ElementAt(all.Count / 2);
        static string Text(List<double> all) => $"{Median(all):f0} ({string.Join(' ', all.Select(one => $"{one:f0}"))})";
    }
}
