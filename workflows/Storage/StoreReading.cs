using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Reads rows of the store.</summary>
static class StoreReading
{
    /// <param name="constant">A statement built from constants only; values are parameters.</param>
    public static Task<IReadOnlyList<T>> ReadAsync<T>(
        StoreDatabase store, StoreOutages outages, string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill,
        Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) => outages.RideOutAsync<IReadOnlyList<T>>(async token =>
    {
        var command = store.DataSource.Command(constant);
        fill(command.Parameters);
        return await command.ListAsync(read, token);
    }, cancellationToken);
}
