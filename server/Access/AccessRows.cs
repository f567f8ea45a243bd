using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>Helpers for SQL statements on the tables of users, logins and tokens.</summary>
static class AccessRows
{
    extension(StoreDatabase store)
    {
        /// <summary>Executes a statement.</summary>
        /// <param name="constant">SQL text, a constant; the values are its parameters, in order.</param>
        /// <returns>Number of rows that the statement changed.</returns>
        public async Task<int> ExecuteAsync(string constant, CancellationToken cancellationToken, params object[] values)
        {
            await using var command = store.Command(constant, values);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }

        /// <summary>Reads the rows of a query.</summary>
        /// <inheritdoc cref="ExecuteAsync"/>
        public async Task<IReadOnlyList<T>> ReadAsync<T>(string constant, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
        {
            await using var command = store.Command(constant, values);
            await using var row = await command.ExecuteReaderAsync(cancellationToken);
            var found = new List<T>();
            while (await row.ReadAsync(cancellationToken)) found.Add(read(row));
            return found;
        }

        NpgsqlCommand Command(string constant, object[] values)
        {
            var command = store.DataSource.CreateCommand(constant);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            return command;
        }
    }
}
