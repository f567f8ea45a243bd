using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// Requests to start a run that carry a key of their own, so that asking again, after an answer was lost, starts no second run.
/// </summary>
public sealed class StartRequests(StoreDatabase store, StoreOutages outages)
{
    /// <summary>Notes a request, or finds the one that came before under the same key. Of several at once one is noted.</summary>
    /// <param name="key">The key, with who it belongs to.</param>
    /// <param name="runId">The run that is to be started, where the key is new.</param>
    /// <param name="fingerprint">Tells apart what was asked for.</param>
    /// <returns>The run that belongs to the key, and what was asked for under it first.</returns>
    public Task<(Guid RunId, string Fingerprint)> NoteAsync(string key, Guid runId, string fingerprint, CancellationToken cancellationToken) =>
        outages.RideOutAsync(async token =>
        {
            // The update changes nothing: it makes the row of whoever was first come back.
            await using var command = store.DataSource.CreateCommand("""
                insert into orchestrator.start_request (key, run_id, fingerprint) values ($1, $2, $3)
                on conflict (key) do update set key = excluded.key
                returning run_id, fingerprint
                """);
            command.Parameters.With(key).With(runId).With(fingerprint);
            await using var row = await command.ExecuteReaderAsync(token);
            await row.ReadAsync(token);
            return (row.GetGuid(0), row.GetString(1));
        }, cancellationToken);

    /// <summary>Forgets requests that were made longer ago than this.</summary>
    public Task ForgetAsync(TimeSpan age, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("delete from orchestrator.start_request where noted_at < now() - $1");
        command.Parameters.With(age);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);
}
