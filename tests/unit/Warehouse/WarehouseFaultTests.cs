using Npgsql;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Unit.Warehouse;

public sealed class WarehouseFaultTests
{
    [Theory]
    [InlineData("53100", "load.disk_full", "The disk of the warehouse's PostgreSQL is full. Nothing was changed; free space, then run the month again.")]
    [InlineData("42501", "load.permission_denied", "The warehouse's login may not do this: said by the server. It must own the schema sales; grant it, or give another login.")]
    [InlineData("25006", "load.read_only", "The warehouse's PostgreSQL only takes reads. Give the connection string of the primary.")]
    [InlineData("42P01", "load.schema_missing", "The schema sales of the warehouse is not the one this version needs: said by the server. Start the platform once, which brings it up to date.")]
    [InlineData("23505", "load.duplicate_key", "Rows for sales.fact_sales have a key twice (some_key). Nothing was changed; build the asset again.")]
    [InlineData("22021", "load.value_rejected", "The warehouse rejects a value: said by the server. Nothing was changed; correct it at its source.")]
    public void Error_of_PostgreSQL_says_what_to_do(string state, string code, string message)
    {
        var error = new PostgresException("said by the server", "ERROR", "ERROR", state, tableName: "staging_17_fact_sales", constraintName: "some_key");

        Assert.True(WarehouseFault.IsKnown(error));
        var failure = WarehouseFault.Explain(error, "load");
        Assert.Equal((code, message, false), (failure.Code, failure.Message, failure.IsRetryable));
    }

    [Fact]
    public void Server_that_goes_away_is_left_to_the_runtime_which_tries_again() =>
        Assert.False(WarehouseFault.IsKnown(new PostgresException("terminating connection", "FATAL", "FATAL", "57P01")));
}
