using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Workers;

/// <summary>A run that a worker has claimed.</summary>
/// <param name="Fence">Fence with which the worker writes.</param>
/// <param name="Run">The run as it is now.</param>
/// <param name="Definition">Definition that it executes; null if this version cannot read it.</param>
/// <param name="CancelReason">Reason to cancel the run at once; null if it is not canceled.</param>
/// <param name="Unreadable">Reason why the definition cannot be read; null if it can.</param>
sealed record Claim(Fence Fence, Run Run, WorkflowDefinition? Definition, string? CancelReason, string? Unreadable = null);

/// <summary>State of a run that a worker holds, as the store has it.</summary>
/// <param name="IsHeld">Whether the worker still holds it.</param>
/// <param name="CancelReason">Reason to cancel the run; null if it is not canceled.</param>
readonly record struct HeldState(bool IsHeld, string? CancelReason);

/// <summary>Assigns runs to workers: claims, leases, and their ends. All times are the database's.</summary>
public sealed class RunLeases(
    StoreDatabase store, StoreOutages outages, DefinitionCache definitions, IEnumerable<IRunFence> fences, TimeProvider clock)
{
    const string Columns = $"{RunStore.RunColumns}, run.fencing_token, run.cancel_reason, run.definition_checksum";

    /// <summary>Claims the next runs: by priority, then by age.</summary>
    /// <param name="most">Largest number of runs.</param>
    /// <returns>None if there is nothing to take.</returns>
    internal async Task<List<Claim>> ClaimNextAsync(int most, string worker, TimeSpan lease, CancellationToken cancellationToken) =>
        await ClaimAsync($"select {Columns} from orchestrator.claim_runs($1, $2, $3) as run",
            parameters => parameters.With(most).With(worker).With(lease), cancellationToken);

    /// <summary>Claims this run, even if it is suspended.</summary>
    /// <param name="deadOwner">A lease of this owner does not count: it is known to be dead.</param>
    /// <returns>Null if another worker has it, or it waits for its turn.</returns>
    internal async Task<Claim?> ClaimAsync(
        Guid runId, string worker, string? deadOwner, TimeSpan lease, CancellationToken cancellationToken)
    {
        var claimed = await ClaimAsync($"""
            update orchestrator.run
            set fencing_token = run.fencing_token + 1, lease_owner = $2, lease_expires_at = now() + $3
            from (
              select id from orchestrator.run
              where id = $1 and finished_at is null and (turn is distinct from 'Waiting' or cancel_reason is not null)
                and (lease_owner is null or lease_expires_at < now() or lease_owner = $4)
              for update skip locked) as free
            where run.id = free.id
            returning {Columns}
            """, parameters => parameters.With(runId).With(worker).With(lease).With(deadOwner), cancellationToken);
        return claimed.Count > 0 ? claimed[0] : null;
    }

    async Task<List<Claim>> ClaimAsync(string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, CancellationToken cancellationToken)
    {
        var asked = clock.GetUtcNow();
        var claimed = await StoreReading.ReadAsync(store, outages, constant, fill, ReadClaimed, cancellationToken);
        var taken = clock.GetUtcNow();
        var claims = new List<Claim>(claimed.Count);
        foreach (var (fence, run, cancelReason, checksum) in claimed)
        {
            RunTelemetry.Claimed(run, asked, taken);
            try
            {
                claims.Add(new(fence, run, await DefinitionOfAsync(run.DefinitionId, checksum, cancellationToken), cancelReason));
            }
            catch (InvalidDefinitionException unreadable)
            {
                claims.Add(new(fence, run, Definition: null, cancelReason, unreadable.Message));
            }
        }
        return claims;
    }

    static (Fence Fence, Run Run, string? CancelReason, string Checksum) ReadClaimed(NpgsqlDataReader row)
    {
        var run = RunStore.ReadRun(row);
        const int next = RunStore.RunColumnCount;
        return (new(run.Id, row.GetInt64(next)), run, row.GetOrDefault<string>(next + 1), row.GetString(next + 2));
    }

    /// <summary>
    /// Makes sure that a worker which drove the run before publishes nothing of it from now on, at any point of its work. Nothing may be
    /// done for the run, not even its end, before this has returned.
    /// </summary>
    internal async Task TakeOverAsync(Claim claim, CancellationToken cancellationToken)
    {
        if (claim.Run.StartedAt is null) return;
        foreach (var fence in fences) await fence.RaiseAsync(claim.Run.Id, claim.Fence.Token, cancellationToken);
    }

    async ValueTask<WorkflowDefinition> DefinitionOfAsync(string definitionId, string checksum, CancellationToken cancellationToken)
    {
        if (definitions.Find(checksum) is { } known) return known;
        var document = await StoreReading.ReadAsync(store, outages,
            "select document from orchestrator.workflow_definition_version where definition_id = $1 and checksum = $2",
            parameters => parameters.With(definitionId).With(checksum), row => row.GetString(0), cancellationToken);
        return definitions.Get(checksum, document[0]);
    }

    /// <summary>Records the trace of a run that was accepted by a process without traces.</summary>
    internal Task TraceAsync(Fence fence, string traceParent, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set traceparent = $3 where id = $1 and fencing_token = $2 and traceparent is null");
        command.Parameters.With(fence.RunId).With(fence.Token).With(traceParent);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);

    /// <summary>Whether a lease is still held: no other worker has claimed the run, and it has not ended.</summary>
    internal Task<bool> IsHeldAsync(Fence fence, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("select 1 from orchestrator.run where id = $1 and fencing_token = $2 and finished_at is null");
        command.Parameters.With(fence.RunId).With(fence.Token);
        return await command.ExecuteScalarAsync(token) is not null;
    }, cancellationToken);

    /// <summary>Holds runs for one more lease, and returns the state of all that are held.</summary>
    /// <param name="due">Runs whose lease is to be renewed.</param>
    /// <param name="all">Runs whose state is returned.</param>
    /// <returns>The renewed runs, and the state of all. A run that is being written to at this moment is skipped, so that renewing never
    /// waits and never makes another writer wait.</returns>
    internal async Task<(HashSet<Fence> Renewed, Dictionary<Fence, HeldState> States)> RenewAsync(
        IReadOnlyCollection<Fence> due, IReadOnlyCollection<Fence> all, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        // A renewal that is lost with the server shortens a lease and nothing else.
        batch.Add("select set_config('synchronous_commit', 'off', true)");
        WithFences(batch.Add("""
            update orchestrator.run set lease_expires_at = now() + $3
            from (
              select run.id from orchestrator.run join unnest($1, $2) as held (id, token) on run.id = held.id and run.fencing_token = held.token
              where run.lease_owner is not null for no key update of run skip locked) as mine
            where run.id = mine.id
            returning run.id, run.fencing_token
            """), due).With(lease);
        WithFences(batch.Add("""
            select held.id, held.token, run.fencing_token = held.token and run.lease_owner is not null, run.cancel_reason
            from unnest($1, $2) as held (id, token) join orchestrator.run on run.id = held.id
            """), all);
        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        await row.NextResultAsync(cancellationToken);
        var renewed = new HashSet<Fence>();
        while (await row.ReadAsync(cancellationToken)) renewed.Add(new(row.GetGuid(0), row.GetInt64(1)));
        await row.NextResultAsync(cancellationToken);
        var states = new Dictionary<Fence, HeldState>();
        while (await row.ReadAsync(cancellationToken))
            states[new(row.GetGuid(0), row.GetInt64(1))] = new(row.GetBoolean(2), row.GetOrDefault<string>(3));
        return (renewed, states);
    }

    static NpgsqlParameterCollection WithFences(NpgsqlParameterCollection parameters, IReadOnlyCollection<Fence> fences) => parameters
        .With(fences.Select(fence => fence.RunId).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid)
        .With(fences.Select(fence => fence.Token).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    /// <summary>Releases a run, so that another worker can claim it at once.</summary>
    internal Task ReleaseAsync(Fence fence, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set lease_owner = null, lease_expires_at = null where id = $1 and fencing_token = $2");
        command.Parameters.With(fence.RunId).With(fence.Token);
        await command.ExecuteNonQueryAsync(token);
    }, cancellationToken);

    /// <summary>
    /// Ends the leases of workers that were processes of this machine and have ended, so that no worker waits for them to expire.
    /// </summary>
    internal async Task ExpireOfDeadAsync(CancellationToken cancellationToken)
    {
        var owners = await StoreReading.ReadAsync(store, outages, "select distinct lease_owner from orchestrator.run where lease_owner is not null",
            parameters => parameters, row => row.GetString(0), cancellationToken);
        if (owners.Where(WorkerIdentity.IsDead).ToArray() is not { Length: > 0 } dead) return;
        await outages.RideOutAsync(async token =>
        {
            await using var command = store.DataSource.CreateCommand(
                "update orchestrator.run set lease_expires_at = now() - interval '1 ms' where lease_owner = any($1) and lease_expires_at > now()");
            command.Parameters.With(dead);
            await command.ExecuteNonQueryAsync(token);
        }, cancellationToken);
    }
}
