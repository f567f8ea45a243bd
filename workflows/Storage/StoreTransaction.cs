using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Several statements that take effect together or not at all.</summary>
static class StoreTransaction
{
    extension(StoreDatabase store)
    {
        /// <summary>
        /// Executes an operation on one connection and commits it; an exception undoes it. It must be harmless to repeat, since it is
        /// repeated after an outage.
        /// </summary>
        public Task<T> InTransactionAsync<T>(
            StoreOutages outages, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
            outages.RideOutAsync(async token =>
            {
                await using var connection = await store.DataSource.OpenConnectionAsync(token);
                await using var transaction = await connection.BeginTransactionAsync(token);
                var result = await work(connection, token);
                await transaction.CommitAsync(token);
                return result;
            }, cancellationToken);
    }

    extension(NpgsqlConnection connection)
    {
        /// <param name="constant">A statement built from constants only; values are parameters.</param>
        public Task<List<T>> ReadAsync<T>(
            string constant, Action<NpgsqlParameterCollection> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
            var command = connection.Command(constant);
            fill(command.Parameters);
            return command.ListAsync(read, cancellationToken);
        }

        /// <param name="constant">A statement built from constants only; values are parameters.</param>
        /// <returns>Number of changed rows.</returns>
        public Task<int> ExecuteAsync(string constant, Action<NpgsqlParameterCollection> fill, CancellationToken cancellationToken)
        {
            var command = connection.Command(constant);
            fill(command.Parameters);
            return command.ExecuteAsync(cancellationToken);
        }
    }
}
