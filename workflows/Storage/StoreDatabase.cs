using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>The platform's own PostgreSQL database: journal, projections and asset catalog, in schema <c>orchestrator</c>.</summary>
/// <param name="dataSource">Connections to it.</param>
public sealed class StoreDatabase(NpgsqlDataSource dataSource)
{
    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Connections for a store: statements that recur are prepared once per connection.</summary>
    /// <remarks>
    /// A worker that is stopped in the middle of a transaction keeps the row of its run locked, and nobody could take the run over; so the server
    /// ends transactions in which nothing comes for 10 s. What it undoes is repeated, like after any other loss of a connection.
    /// </remarks>
    public static NpgsqlDataSource Connect(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 64, AutoPrepareMinUsages = 2, ApplicationName = "orchestrator store", CancellationTimeout = 1_000,
        };
        settings.Options = $"{settings.Options} -c idle_in_transaction_session_timeout=10s".Trim();
        return NpgsqlDataSource.Create(settings);
    }
}
