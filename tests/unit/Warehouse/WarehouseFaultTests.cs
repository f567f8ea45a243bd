using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Unit.Warehouse;

public sealed class WarehouseFaultTests
{
    [Theory]
    [InlineData("53100", "load.disk_full", "The disk of the warehouse's PostgreSQL is full. Nothing was changed; free space, then run the month again.")]
    [InlineData("42501", "load.permission_denied", "The warehouse's login may not do this: said by the server. It must own the schema sales; grant it, or give another login.")]
    [InlineData("25006", "load.read_only", "The warehouse's PostgreSQL only takes reads. Give the connection string of the primary.")]
    [InlineData("42P01", "load.schema_missing", "The schema sales of the warehouse is not the one this version needs: said by the server. Start the platform once, which brings it up to date. If a table was dropped, restore it from a backup; or drop the schema sales, start the platform once and load the months again with a backfill.")]
    [InlineData("23505", "load.duplicate_key", "Rows for sales.fact_sales have a key twice (some_key). Nothing was changed; build the asset again.")]
    [InlineData("22021", "load.value_rejected", "The warehouse rejects a value: said by the server. Nothing was changed; correct it at its source.")]
    public void Error_of_PostgreSQL_says_what_to_do(string state, string code, string message)
    {
        var error = new PostgresException("said by the server", "ERROR", "ERROR", state, tableName: "staging_17_fact_sales", constraintName: "some_key");

        Assert.True(WarehouseFault.IsKnown(error));
        var failure = WarehouseFault.Explain(error, "load");
        Assert.Equal((code, message, false), (failure.Code, failure.Message, failure.IsRetryable));
    }

    [Theory]
    [InlineData("23514", "fact_sales_2026_10", "others_few", "load.rule_of_others", false)]
    [InlineData("23514", "staging_17_fact_sales", "fact_sales_of_the_month", "load.row_rejected", false)]
    [InlineData("23514", "fact_sales_default", null, "load.partition_overlaps", false)]
    [InlineData("23505", "fact_sales_2026_10", "others_once", "load.rule_of_others", false)]
    [InlineData("23505", "dim_store_all", "dim_store_all_pkey", "load.duplicate_key", false)]
    [InlineData("23503", "note", "note_key", "load.foreign_key", false)]
    [InlineData("42P17", null, null, "load.partition_overlaps", false)]
    [InlineData("42P07", null, null, "load.object_in_the_way", false)]
    [InlineData("2BP01", null, null, "load.object_in_the_way", false)]
    [InlineData("55000", null, null, "load.object_in_the_way", false)]
    [InlineData("P0001", null, null, "load.object_in_the_way", false)]
    [InlineData("54000", null, null, "load.value_rejected", false)]
    [InlineData("55P03", null, null, "load.table_locked", true)]
    public void Error_that_comes_of_the_work_of_others_has_a_code(string state, string? table, string? constraint, string code, bool isRetryable)
    {
        var failure = WarehouseFault.Explain(new PostgresException("said by the server", "ERROR", "ERROR", state, tableName: table, constraintName: constraint), "load");

        Assert.Equal((code, isRetryable), (failure.Code, failure.IsRetryable));
        Assert.Contains(constraint ?? "said by the server", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Server_that_goes_away_is_left_to_the_runtime_which_tries_again() =>
        Assert.False(WarehouseFault.IsKnown(new PostgresException("terminating connection", "FATAL", "FATAL", "57P01")));
}
