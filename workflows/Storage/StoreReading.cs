using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Reads rows.</summary>
static class StoreReading
{
    /// <param name="constant">A statement made of constants only; values are parameters.</param>
    public static Task<IReadOnlyList<T>> ReadAsync<T>(
        StoreDatabase store, StoreOutages outages, string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill,
        Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) => outages.RideOutAsync<IReadOnlyList<T>>(async token =>
    {
        await using var command = store.DataSource.CreateCommand(constant);
        fill(command.Parameters);
        await using var row = await command.ExecuteReaderAsync(token);
        var found = new List<T>();
        while (await row.ReadAsync(token)) found.Add(read(row));
        return found;
    }, cancellationToken);
}
