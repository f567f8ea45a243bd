using System.Diagnostics;
using DuckDB.NET.Data;
using Npgsql;

namespace Orchestrator.Benchmarks;

/// <summary>What the load is measured against: PostgreSQL reads the same rows itself, from CSV files on its disk.</summary>
static class ServerCopy
{
    /// <summary>Table of the warehouse → its Parquet files below the object store.</summary>
    static readonly (string Table, string Folder)[] Tables =
    [
        ("dim_customer", "star/dim_customer"), ("dim_store", "star/dim_store"), ("dim_sales_person", "star/dim_sales_person"), ("dim_date", "star/dim_date"),
        ("fact_sales", "star/fact_sales"), ("mart_customer_monthly", "mart/mart_customer_monthly"), ("mart_sales_monthly", "mart/mart_sales_monthly"),
    ];

    /// <summary>Copies all tables of a loaded month into fresh ones, each created in the transaction that fills it.</summary>
    /// <param name="database">The database that the month was loaded into.</param>
    /// <param name="store">The object store's folder.</param>
    /// <param name="scratch">A folder that the server may read.</param>
    /// <returns>Milliseconds for all tables; writing the CSV files is not counted.</returns>
    public static async Task<double> MeasureAsync(string database, string store, string scratch)
    {
        Directory.CreateDirectory(scratch);
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        foreach (var (table, folder) in Tables) await WriteCsvAsync(connection, table, Path.Combine(store, folder), FileOf(scratch, table));
        var clock = Stopwatch.StartNew();
        foreach (var (table, _) in Tables)
        {
            await ExecuteAsync(connection, $"""
                begin;
                drop table if exists by_server;
                create table by_server (like sales.{table});
                copy by_server from '{FileOf(scratch, table)}' (format csv);
                commit
                """);
        }
        return clock.Elapsed.TotalMilliseconds;
    }

    static string FileOf(string scratch, string table) => Path.Combine(scratch, $"{table}.csv");

    static async Task WriteCsvAsync(NpgsqlConnection connection, string table, string folder, string file)
    {
        await using var columns = new NpgsqlCommand(
            "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped", connection);
        columns.Parameters.Add(new() { Value = $"sales.{table}" });
        var names = (string)(await columns.ExecuteScalarAsync())!;
        await using var duck = new DuckDBConnection("DataSource=:memory:");
        await duck.OpenAsync();
        await using var copy = duck.CreateCommand();
        copy.CommandText = $"copy (select {names} from read_parquet('{folder}/**/*.parquet', hive_partitioning = false)) to '{file}' (header false)";
        await copy.ExecuteNonQueryAsync();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
