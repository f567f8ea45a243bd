using Npgsql;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Keeps a worker that lost its run from showing anything in the warehouse.</summary>
/// <remarks>
/// The newest fencing token of a run is a row of the warehouse itself. Activities announce theirs before they write, a worker that takes
/// a run over announces its own before anything else, and every transaction that shows something compares as its last step. So of two
/// workers the older one fails, whether it was paused before its transaction, in it or after it; and when it was paused in it, the newer
/// one ends its session instead of waiting.
/// </remarks>
/// <param name="warehouse">The warehouse.</param>
public sealed class WarehouseFence(WarehouseDatabase warehouse) : IRunFence
{
    const string Announce = """
        insert into sales.fence as held (run_id, token) values ($1, $2)
        on conflict (run_id) do update set token = excluded.token, announced_at = excluded.announced_at where held.token < excluded.token
        """;

    /// <inheritdoc/>
    public async Task RaiseAsync(Guid runId, long token, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.DataSource.OpenConnectionAsync(cancellationToken);
        while (true)
        {
            await RunSessions.EndOlderAsync(connection, runId, token, cancellationToken);
            try
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                await using var batch = new NpgsqlBatch(connection, transaction);
                batch.BatchCommands.Add(new("set local lock_timeout = '1s'"));
                batch.BatchCommands.Add(new(Announce) { Parameters = { new() { Value = runId }, new() { Value = token } } });
                // Of runs that have long ended.
                batch.BatchCommands.Add(new("delete from sales.fence where announced_at < clock_timestamp() - interval '90 days'"));
                await batch.ExecuteNonQueryAsync(cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable)
            {
                // An older worker is about to commit, or was stopped right there: then its session is ended.
            }
        }
    }

    /// <summary>Announces an attempt that is about to write.</summary>
    /// <exception cref="ActivityFailedException"><c>run.lease_lost</c>: another worker has the run.</exception>
    public async Task<FencedWarehouse> EnterAsync(ActivityAttempt attempt, CancellationToken cancellationToken)
    {
        await RaiseAsync(attempt.RunId, attempt.FencingToken, cancellationToken);
        var fenced = new FencedWarehouse(warehouse.DataSource, attempt);
        await fenced.WriteAsync(static (_, _) => Task.CompletedTask, cancellationToken);
        return fenced;
    }
}

/// <summary>
/// The warehouse as an attempt sees it that has announced itself: what it commits, it commits as the newest worker of its run.
/// </summary>
/// <param name="dataSource">The warehouse.</param>
/// <param name="attempt">Who writes.</param>
public sealed class FencedWarehouse(NpgsqlDataSource dataSource, ActivityAttempt attempt)
{
    /// <summary>The attempt that writes.</summary>
    public ActivityAttempt Attempt => attempt;

    /// <summary>Connections for what only reads.</summary>
    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Opens a connection that a worker which takes the run over can end.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            await RunSessions.MarkAsync(connection, attempt.RunId, attempt.FencingToken, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Commits, unless a newer worker announced itself.</summary>
    /// <exception cref="ActivityFailedException"><c>run.lease_lost</c>: it did, so nothing was committed.</exception>
    public async Task CommitAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // The lock makes a newer worker wait for this commit, so that it sees what is shown here.
        var token = await transaction.Connection!.Command("select token from sales.fence where run_id = $1 for share", attempt.RunId)
            .ScalarAsync<long?>(cancellationToken);
        if (token != attempt.FencingToken) throw PlatformContext.LeaseLost(attempt);
        attempt.Reached("warehouse.before_commit");
        await transaction.CommitAsync(cancellationToken);
        attempt.Reached("warehouse.committed");
    }

    /// <summary>Writes in one transaction.</summary>
    /// <exception cref="ActivityFailedException"><c>run.lease_lost</c>: a newer worker announced itself, so nothing was
    /// committed.</exception>
    public async Task WriteAsync(Func<NpgsqlConnection, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await write(connection, cancellationToken);
        await CommitAsync(transaction, cancellationToken);
    }
}
