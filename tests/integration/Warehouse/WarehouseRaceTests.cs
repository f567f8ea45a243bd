using Npgsql;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration.Warehouse;

/// <summary>Whatever looks at a table of the warehouse while another run replaces or drops it.</summary>
public sealed class WarehouseRaceTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Table_that_another_run_swaps_meanwhile_is_found_with_the_size_it_was_loaded_with()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var bytes = await files.QueryAsync<long>("select pg_table_size('sales.dim_store_all')");
        var source = (await harness.Catalog.FindAsync(new("dim_store"), null, Token))!;
        var table = WarehouseTable.All.Single(table => table.Name == "dim_store");

        var found = await WhileDroppedAsync(files, "sales.dim_store_all", connection => LoadedTable.FindAsync(connection, RuntimeHarness.Attempt(), table, StarFiles.October, source, Token));

        Assert.Equal((101, bytes), (found!.Rows, found.Bytes));
    }

    [Fact]
    public async Task Statistics_and_sizes_are_read_while_a_month_goes()
    {
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, 1_000);
        await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], cancellationToken: Token);
        var warehouse = await new WarehouseFence(new(files.DataSource)).EnterAsync(RuntimeHarness.Attempt(), Token);

        var sizes = await WhileDroppedAsync(files, "sales.fact_sales_2026_10, sales.mart_sales_monthly_2026_10",
            _ => new WarehouseIndexes(warehouse, new TuningOptions(), StarFiles.October).SizesAsync(Token));
        var statistics = await WhileDroppedAsync(files, "sales.mart_customer_monthly_2026_10", _ => TableStatistics.RefreshAsync(warehouse, StarFiles.October, 2, Token));

        Assert.True(sizes.Heap > 0);
        Assert.Contains("dim_customer", statistics.Keys);
    }

    // Drops tables in a transaction that commits when the reader has ended, or waits for it.
    static async Task<T> WhileDroppedAsync<T>(StarFiles files, string tables, Func<NpgsqlConnection, Task<T>> read)
    {
        await using var other = await files.DataSource.OpenConnectionAsync(Token);
        await using var connection = await files.DataSource.OpenConnectionAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using (var drop = new NpgsqlCommand($"drop table {tables}", other)) await drop.ExecuteNonQueryAsync(Token);
        var reading = read(connection);
        await Eventually.IsAsync("the reader to end or to wait", async () => reading.IsCompleted || await files.QueryAsync<bool>(
            "select exists (select from pg_locks where locktype = 'relation' and not granted and database = (select oid from pg_database where datname = current_database()))"));
        await transaction.CommitAsync(Token);
        return await reading;
    }
}
