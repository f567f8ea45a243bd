using System.Diagnostics.CodeAnalysis;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Storage;

/// <summary>Commands of PostgreSQL with positional parameters, executed once, whose rows are read by name.</summary>
/// <remarks>Names of tables in SQL come from fixed lists or are quoted by PostgreSQL; all values from outside are parameters.</remarks>
[SuppressMessage("Security", "CA2100", Justification = "See the remarks: callers keep to them.")]
[SuppressMessage("Naming", "CA1708", Justification = "The rule takes blocks of extension members for members of one name.")]
public static class PostgresCommands
{
    extension(NpgsqlConnection connection)
    {
        /// <summary>Creates a command that takes as long as the connection's settings allow.</summary>
        /// <param name="values">Values of <c>$1</c>, <c>$2</c>…; null is a null of unknown type, a <c>uint</c> an object id, and an
        /// <see cref="NpgsqlParameter"/> itself.</param>
        public NpgsqlCommand Command(string sql, params ReadOnlySpan<object?> values) => Filled(new(sql, connection), values);

        /// <summary>Creates a command that may take as long as it needs.</summary>
        /// <param name="values">Values of <c>$1</c>, <c>$2</c>…</param>
        public NpgsqlCommand LongCommand(string sql, params ReadOnlySpan<object?> values) =>
            Filled(new(sql, connection) { CommandTimeout = 0 }, values);

        /// <summary>Executes statements that may take as long as they need.</summary>
        public Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken) =>
            connection.LongCommand(sql).ExecuteAsync(cancellationToken);
    }

    extension(NpgsqlDataSource source)
    {
        /// <summary>Creates a command on a connection of its own.</summary>
        /// <param name="values">Values of <c>$1</c>, <c>$2</c>…</param>
        public NpgsqlCommand Command(string sql, params ReadOnlySpan<object?> values) => Filled(source.CreateCommand(sql), values);
    }

    extension(NpgsqlCommand command)
    {
        /// <summary>Executes the command and disposes it.</summary>
        /// <returns>Rows affected.</returns>
        public async Task<int> ExecuteAsync(CancellationToken cancellationToken)
        {
            await using (command) return await command.ExecuteNonQueryAsync(cancellationToken);
        }

        /// <summary>Reads the first value of the first row and disposes the command.</summary>
        /// <returns>The default if there is no row, or the value is null or of another type.</returns>
        public async Task<T?> ScalarAsync<T>(CancellationToken cancellationToken)
        {
            await using (command) return await command.ExecuteScalarAsync(cancellationToken) is T value ? value : default;
        }

        /// <summary>Reads the first row and disposes the command.</summary>
        /// <returns>The default if there is no row.</returns>
        public async Task<T?> FirstAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
            await using (command)
            {
                await using var row = await command.ExecuteReaderAsync(cancellationToken);
                return await row.ReadAsync(cancellationToken) ? read(row) : default;
            }
        }

        /// <summary>Reads all rows and disposes the command.</summary>
        public async Task<List<T>> ListAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        {
            await using (command)
            {
                await using var row = await command.ExecuteReaderAsync(cancellationToken);
                var rows = new List<T>();
                while (await row.ReadAsync(cancellationToken)) rows.Add(read(row));
                return rows;
            }
        }
    }

    extension(NpgsqlDataReader row)
    {
        /// <summary>Returns the value of a column. Npgsql finds its index in a dictionary that it makes once per result.</summary>
        /// <exception cref="InvalidCastException">The value is null.</exception>
        public T Get<T>(string column) => row.GetFieldValue<T>(row.GetOrdinal(column));

        /// <summary>Returns the value of a column.</summary>
        /// <returns>The default if the value is null.</returns>
        public T? GetOrDefault<T>(string column)
        {
            var place = row.GetOrdinal(column);
            return row.IsDBNull(place) ? default : row.GetFieldValue<T>(place);
        }

        /// <summary>Returns the month of a column with its first day.</summary>
        public Partition? GetPartition(string column) => row.GetOrDefault<DateOnly?>(column) is { } start ? new Partition(start) : null;
    }

    static NpgsqlCommand Filled(NpgsqlCommand command, ReadOnlySpan<object?> values)
    {
        foreach (var value in values)
        {
            var parameter = value as NpgsqlParameter ?? new NpgsqlParameter { Value = StoredText.OfParameter(value) ?? DBNull.Value };
            if (value is uint) parameter.NpgsqlDbType = NpgsqlDbType.Oid;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}
