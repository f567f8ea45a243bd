using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Storage;

/// <summary>Typed parameters in positional order, so that statements are prepared once even if values are null.</summary>
static class CommandParameters
{
    extension(NpgsqlParameterCollection parameters)
    {
        public NpgsqlParameterCollection With(Guid? value) => parameters.With(value, NpgsqlDbType.Uuid);

        public NpgsqlParameterCollection With(string? value) => parameters.With(value, NpgsqlDbType.Text);

        public NpgsqlParameterCollection With(long value) => parameters.With(value, NpgsqlDbType.Bigint);

        public NpgsqlParameterCollection With(int value) => parameters.With(value, NpgsqlDbType.Integer);

        public NpgsqlParameterCollection With(TimeSpan value) => parameters.With(value, NpgsqlDbType.Interval);

        public NpgsqlParameterCollection With(DateTimeOffset? value) => parameters.With(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

        public NpgsqlParameterCollection With(Partition? value) => parameters.With(value?.Start, NpgsqlDbType.Date);

        public NpgsqlParameterCollection With(string[]? values) => parameters.With(values, NpgsqlDbType.Array | NpgsqlDbType.Text);

        public NpgsqlParameterCollection WithJson(string value) => parameters.With(value, NpgsqlDbType.Json);

        public NpgsqlParameterCollection With(object? value, NpgsqlDbType type)
        {
            parameters.Add(new NpgsqlParameter { Value = StoredText.OfParameter(value) ?? DBNull.Value, NpgsqlDbType = type });
            return parameters;
        }
    }

    extension(NpgsqlBatch batch)
    {
        /// <summary>Adds a statement, a constant of the caller's, and returns its parameters to fill.</summary>
        public NpgsqlParameterCollection Add(string constant)
        {
            var command = new NpgsqlBatchCommand(constant);
            batch.BatchCommands.Add(command);
            return command.Parameters;
        }
    }

    extension(NpgsqlDataReader row)
    {
        public T? GetOrDefault<T>(int column) => row.IsDBNull(column) ? default : row.GetFieldValue<T>(column);

        public Partition? GetPartition(int column) => row.IsDBNull(column) ? null : new Partition(row.GetFieldValue<DateOnly>(column));

        public DateTimeOffset? GetMoment(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }
}
