using Npgsql;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>A run that a worker has taken.</summary>
/// <param name="Fence">What it may write with.</param>
/// <param name="Run">The run as it is now.</param>
/// <param name="Definition">What it executes.</param>
/// <param name="CancelReason">Why it is to be cancelled at once; null where it is not.</param>
sealed record Claim(Fence Fence, Run Run, WorkflowDefinition Definition, string? CancelReason);

/// <summary>Who drives which run: claims, leases, and the end of them. All times are the database's.</summary>
sealed class RunLeases(StoreDatabase store, StoreOutages outages, DefinitionCache definitions, IEnumerable<IRunFence> fences, TimeProvider clock)
{
    /// <summary>Takes a run, or the oldest that nobody drives.</summary>
    /// <param name="runId">The run; null for any.</param>
    /// <param name="deadOwner">A lease of this owner does not count: it is known to be dead.</param>
    /// <returns>Null where there is nothing to take.</returns>
    public Task<Claim?> ClaimAsync(Guid? runId, string worker, string? deadOwner, TimeSpan lease, CancellationToken cancellationToken) =>
        outages.RideOutAsync(async token =>
        {
            var asked = clock.GetUtcNow();
            await using var command = store.DataSource.CreateCommand($"""
                update orchestrator.run
                set fencing_token = run.fencing_token + 1, lease_owner = $2, lease_expires_at = now() + $3
                from (
                  select id from orchestrator.run
                  where finished_at is null and ($1 is null or id = $1) and ($1 is not null or status <> 'Suspended' or cancel_reason is not null)
                    and (lease_expires_at is null or lease_expires_at < now() or lease_owner = $4)
                  order by created_at, id
                  for update skip locked
                  limit 1) as free
                where run.id = free.id
                returning {RunStore.RunColumns}, run.fencing_token, run.cancel_reason, run.definition_checksum,
                  (select document from orchestrator.workflow_definition_version as version
                   where version.definition_id = run.definition_id and version.checksum = run.definition_checksum)
                """);
            command.Parameters.With(runId).With(worker).With(lease).With(deadOwner);
            await using var row = await command.ExecuteReaderAsync(token);
            if (!await row.ReadAsync(token)) return null;
            var claim = ReadClaim(row);
            RunTelemetry.Claimed(claim.Run, asked, clock.GetUtcNow());
            return claim;
        }, cancellationToken);

    Claim ReadClaim(NpgsqlDataReader row)
    {
        var run = RunStore.ReadRun(row);
        const int next = RunStore.RunColumnCount;
        return new(new(run.Id, row.GetInt64(next)), run, definitions.Get(row.GetString(next + 2), row.GetString(next + 3)), row.GetOrDefault<string>(next + 1));
    }

    /// <summary>
    /// Makes sure that a worker which drove the run before shows nothing of it from now on, wherever it is in its work. Nothing is to be done
    /// for the run, not even to end it, before this has returned.
    /// </summary>
    public async Task TakeOverAsync(Claim claim, CancellationToken cancellationToken)
    {
        if (claim.Run.StartedAt is null) return;
        foreach (var fence in fences) await fence.RaiseAsync(claim.Run.Id, claim.Fence.Token, cancellationToken);
    }

    /// <summary>Holds a run for one more lease.</summary>
    /// <returns>Whether the worker still holds it, and why the run is to be cancelled; null where it is not.</returns>
    public async Task<(bool IsHeld, string? CancelReason)> RenewAsync(Fence fence, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set lease_expires_at = now() + $3 where id = $1 and fencing_token = $2 and finished_at is null returning cancel_reason");
        command.Parameters.With(fence.RunId).With(fence.Token).With(lease);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (true, row.GetOrDefault<string>(0)) : (false, null);
    }

    /// <summary>Notes the trace of a run that was accepted by a process without traces.</summary>
    public Task TraceAsync(Fence fence, string traceParent, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set traceparent = $3 where id = $1 and fencing_token = $2 and traceparent is null");
        command.Parameters.With(fence.RunId).With(fence.Token).With(traceParent);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);

    /// <summary>Whether a lease is held still: no other worker has taken the run, and it has not ended.</summary>
    public Task<bool> IsHeldAsync(Fence fence, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("select 1 from orchestrator.run where id = $1 and fencing_token = $2 and finished_at is null");
        command.Parameters.With(fence.RunId).With(fence.Token);
        return await command.ExecuteScalarAsync(token) is not null;
    }, cancellationToken);

    /// <summary>Lets a run go, so that another worker can take it at once.</summary>
    public Task ReleaseAsync(Fence fence, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set lease_owner = null, lease_expires_at = null where id = $1 and fencing_token = $2");
        command.Parameters.With(fence.RunId).With(fence.Token);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);
}
