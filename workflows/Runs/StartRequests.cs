using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// Requests to start a run with a key of their own, so that a repeated request, after an answer was lost, starts no second run.
/// </summary>
public sealed class StartRequests(StoreDatabase store, StoreOutages outages)
{
    /// <summary>Records a request, or finds the earlier one with the same key. Of several concurrent ones, one is recorded.</summary>
    /// <param name="key">The key, with its owner.</param>
    /// <param name="runId">The run to start if the key is new.</param>
    /// <param name="fingerprint">Fingerprint of the request.</param>
    /// <returns>The run that belongs to the key, and the fingerprint of the first request with it.</returns>
    public Task<(Guid RunId, string Fingerprint)> NoteAsync(string key, Guid runId, string fingerprint, CancellationToken cancellationToken) =>
        outages.RideOutAsync(async token =>
        {
            // The update changes nothing: it makes the statement return the row of the first caller.
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

    /// <summary>Removes requests that are older than this.</summary>
    public Task ForgetAsync(TimeSpan age, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("delete from orchestrator.start_request where noted_at < now() - $1");
        command.Parameters.With(age);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);
}
