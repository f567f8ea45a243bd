using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Tuning;

/// <summary>
/// The turn to tune. Indexes are shared by all months: two that are tuned at the same time would build the same index, and each would
/// measure what the other one builds and drops. So one tunes and the others wait.
/// </summary>
sealed class TuningTurn : IAsyncDisposable
{
    // Any number that nothing else in the database locks; the spelling is "tune" in ASCII.
    const long AdvisoryLock = 0x74756e65;

    readonly NpgsqlConnection connection;

    TuningTurn(NpgsqlConnection connection) => this.connection = connection;

    /// <summary>Waits for it. A worker that takes the run over gets it from one that is gone.</summary>
    public static async Task<TuningTurn> TakeAsync(FencedWarehouse warehouse, CancellationToken cancellationToken)
    {
        var opened = await warehouse.OpenAsync(cancellationToken);
        try
        {
            await opened.LongCommand("select pg_advisory_lock($1)", AdvisoryLock).ExecuteAsync(cancellationToken);
            return new(opened);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await connection.LongCommand("select pg_advisory_unlock($1)", AdvisoryLock).ExecuteAsync(CancellationToken.None);
        }
        catch (Exception gone) when (gone is NpgsqlException or InvalidOperationException)
        {
            // The server released the lock together with the connection.
        }
        await connection.DisposeAsync();
    }
}
