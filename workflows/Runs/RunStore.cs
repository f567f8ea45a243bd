using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Runs;

/// <summary>Starts runs, requests their end, and reads them.</summary>
public sealed partial class RunStore(StoreDatabase store, StoreOutages outages, ActivityRegistry registry, PartitionRange months, TimeProvider clock)
{
    /// <summary>Accepts a run: from then on it is not lost. A worker drives it. Calling again with the same id changes nothing.</summary>
    /// <returns>The run as it is now.</returns>
    /// <exception cref="RunAlreadyActiveException">Another run has the month, and this one must not queue behind it.</exception>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the month.</exception>
    public async Task<Run> CreateAsync(StartRun start, CancellationToken cancellationToken)
    {
        await outages.RideOutAsync(async token =>
        {
            await using var connection = await store.DataSource.OpenConnectionAsync(token);
            await using var batch = new NpgsqlBatch(connection);
            AddTo(batch, start);
            try
            {
                await batch.ExecuteNonQueryAsync(token);
            }
            catch (PostgresException refused) when (RunAlreadyActiveException.Is(refused))
            {
                throw RunAlreadyActiveException.Of(refused);
            }
        }, cancellationToken);
        return await FindAsync(start.Id, cancellationToken) ?? throw new UnreachableException($"Run {start.Id} was created and is not there.");
    }

    /// <summary>
    /// Adds the statements that accept a run, so that it is accepted in the caller's own transaction or not at all. The commit notifies the
    /// workers. A refusal raises a <see cref="PostgresException"/> that <see cref="RunAlreadyActiveException.Is"/> recognizes and undoes
    /// the transaction.
    /// </summary>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the month.</exception>
    internal void AddTo(NpgsqlBatch batch, StartRun start)
    {
        months.Check(start.Partition);
        var definition = start.Definition;
        var (document, checksum) = (definition.ToJson(), ChecksumOf(definition));
        var created = new RunCreated(
            definition.DefinitionId, checksum, definition.Version, start.Partition?.ToString(), start.Inputs, VariablesInScope.FirstValues(definition), start.Reuse,
            start.CorrelationId, start.Trigger, definition.ContinuesWithIncidents, start.Parent?.Depth + 1 ?? 0);
        var at = JournalClock.Now(clock);
        batch.Add("""
            insert into orchestrator.workflow_definition_version (definition_id, checksum, version, name, document)
            values ($1, $2, $3, $4, $5) on conflict do nothing
            """).With(definition.DefinitionId).With(checksum).With(definition.Version).With(definition.Name).WithJson(document);
        batch.Add("select orchestrator.accept_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")
            .With(start.Id).With(definition.DefinitionId).With(checksum).With(definition.Version).With(definition.Name).With(start.Partition).With(at)
            .With(start.TraceParent ?? Span.Current?.Id).With(start.RerunOf).With(start.RootRun).With(start.Priority).With(start.StartedBy)
            .With(start.WhenActive is WhenActive.Queue, NpgsqlDbType.Boolean);
        if (start.Parent is not null || start.CorrelationId is not null || start.IsAdHoc)
        {
            batch.Add("update orchestrator.run set parent_run = $2, parent_number = $3, correlation_id = $4, is_ad_hoc = $5 where id = $1 and started_at is null")
                .With(start.Id).With(start.Parent?.RunId, NpgsqlDbType.Uuid).With(start.Parent?.Number, NpgsqlDbType.Integer).With(start.CorrelationId)
                .With(start.IsAdHoc, NpgsqlDbType.Boolean);
        }
        batch.Add("insert into orchestrator.journal (run_id, sequence, at, type, payload) values ($1, 1, $2, $3, $4) on conflict do nothing")
            .With(start.Id).With(at).With(RunEventJson.NameOf(created)).WithJson(RunEventJson.Write(created));
    }

    /// <summary>
    /// Returns whether a run may start another one: if runs started fewer than <paramref name="perMinute"/> of its workflow within a
    /// minute, or if it exists already.
    /// </summary>
    internal Task<bool> MayStartAsync(Guid id, string definitionId, int perMinute, CancellationToken cancellationToken) =>
        outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("""
            select exists (select 1 from orchestrator.run where id = $1) or $3 > (
              select count(*) from (
                select 1 from orchestrator.run
                where created_at > $4::timestamptz - interval '1 minute' and definition_id = $2 and started_by like 'run %' limit $3) as started)
            """);
        command.Parameters.With(id).With(definitionId).With(perMinute).With(JournalClock.Now(clock));
        return (bool)(await command.ExecuteScalarAsync(token))!;
    }, cancellationToken);

    /// <summary>
    /// Requests the end of a run; the worker that drives it reacts within two seconds. A run that has ended stays as it is.
    /// </summary>
    /// <param name="reason">Person or component that requests it, in words.</param>
    /// <returns>False if there is no such run or it has ended.</returns>
    public Task<bool> RequestCancelAsync(Guid runId, string reason, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand(
            "update orchestrator.run set cancel_reason = coalesce(cancel_reason, $2) where id = $1 and finished_at is null");
        command.Parameters.With(runId).With(reason);
        return await command.ExecuteNonQueryAsync(token) > 0;
    }, cancellationToken);

    /// <summary>Reads the definition that a run executes, as it was when the run was accepted.</summary>
    /// <exception cref="InvalidOperationException">There is no such run.</exception>
    public Task<WorkflowDefinition> GetDefinitionAsync(Guid runId, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("""
            select version.document from orchestrator.run
            join orchestrator.workflow_definition_version as version
              on version.definition_id = run.definition_id and version.checksum = run.definition_checksum
            where run.id = $1
            """);
        command.Parameters.With(runId);
        return await command.ExecuteScalarAsync(token) is string document
            ? WorkflowDefinition.Parse(document, registry)
            : throw new InvalidOperationException($"There is no run {runId}. List the runs to see their ids.");
    }, cancellationToken);

    /// <summary>Returns the checksum that identifies a definition exactly: SHA-256 of its document.</summary>
    internal static string ChecksumOf(WorkflowDefinition definition) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition.ToJson())));

    static Dictionary<string, JsonElement> ReadValues(string json) =>
        JsonSerializer.Deserialize(json, ProjectionContext.Default.IReadOnlyDictionaryStringJsonElement) is { } values ? new(values, StringComparer.Ordinal) : [];
}
