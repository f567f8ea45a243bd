using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>The platform's own PostgreSQL database: journal, projections and asset catalog, in schema <c>orchestrator</c>.</summary>
/// <param name="connectionString">Connection string of the database.</param>
/// <remarks>
/// Statements that recur are prepared once per connection. A worker that is stopped in the middle of a transaction keeps the row of its run
/// locked, and no worker could take the run over; so the server ends transactions that are idle for 10 s. The work that it undoes is
/// repeated, like after any other loss of a connection.
/// </remarks>
public sealed class StoreDatabase(string connectionString) : IAsyncDisposable
{
    // A second transaction is prepared while the disk takes the first.
    internal const int AppendsAtOnce = 2;

    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource { get; } = Connect(connectionString, _ => { });

    /// <summary>
    /// Connections for <c>GroupCommit</c> alone, as many as it has transactions: it leaves nothing in their sessions, so that
    /// nothing has to be cleared between two appends.
    /// </summary>
    internal NpgsqlDataSource Appends { get; } = Connect(connectionString, settings =>
    {
        settings.MaxPoolSize = AppendsAtOnce;
        settings.NoResetOnClose = true;
    });

    static NpgsqlDataSource Connect(string connectionString, Action<NpgsqlConnectionStringBuilder> change)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 64, AutoPrepareMinUsages = 2, ApplicationName = "orchestrator store", CancellationTimeout = 1_000,
        };
        settings.Options = $"{settings.Options} -c idle_in_transaction_session_timeout=10s".Trim();
        change(settings);
        return NpgsqlDataSource.Create(settings);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Appends.DisposeAsync();
        await DataSource.DisposeAsync();
    }
}
