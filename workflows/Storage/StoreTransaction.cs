using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Several statements, of which all take effect or none.</summary>
static class StoreTransaction
{
    extension(StoreDatabase store)
    {
        /// <summary>Does some work on one connection and commits it; an exception undoes it. It must be harmless to repeat, after an outage it is.</summary>
        public Task<T> InTransactionAsync<T>(StoreOutages outages, Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
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
        /// <param name="constant">A statement made of constants only; values are parameters.</param>
        public async Task<List<T>> ReadAsync<T>(
            string constant, Action<NpgsqlParameterCollection> fill, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
#pragma warning disable CA2100 // Constants of the callers.
            await using var command = new NpgsqlCommand(constant, connection);
#pragma warning restore CA2100
            fill(command.Parameters);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<T>();
            while (await row.ReadAsync(cancellationToken)) found.Add(read(row));
            return found;
        }

        /// <param name="constant">A statement made of constants only; values are parameters.</param>
        /// <returns>Rows that it changed.</returns>
        public async Task<int> ExecuteAsync(string constant, Action<NpgsqlParameterCollection> fill, CancellationToken cancellationToken)
        {
#pragma warning disable CA2100 // Constants of the callers.
            await using var command = new NpgsqlCommand(constant, connection);
#pragma warning restore CA2100
            fill(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
