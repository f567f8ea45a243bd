using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Journal;

/// <summary>The catalog in the platform's store.</summary>
public sealed class PostgresAssetCatalog(StoreDatabase store, StoreOutages outages) : IAssetCatalog
{
    const string Select = """
        select id, sequence, asset, partition, run_id, activity_id, attempt, committed_at, location, rows, bytes, files, columns, figures, code_version, supersedes,
               array(select input_id from orchestrator.materialization_input where materialization_id = materialization.id order by input_id), engine
        from orchestrator.materialization
        """;

    /// <inheritdoc/>
    public async Task<Materialization?> FindAsync(AssetKey asset, Partition? partition, CancellationToken cancellationToken)
    {
        var found = await ReadAsync($"{Select} where asset = $1 and partition is not distinct from $2 and is_current",
            parameters => parameters.With(asset.Name).With(partition), cancellationToken);
        return found.Count > 0 ? found[0] : null;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Materialization>> ListCurrentAsync(AssetKey asset, CancellationToken cancellationToken) =>
        ReadAsync($"{Select} where asset = $1 and is_current order by partition", parameters => parameters.With(asset.Name), cancellationToken);

    /// <summary>Lists every asset with its materialization that was committed last, by name.</summary>
    public Task<IReadOnlyList<Materialization>> ListAssetsAsync(CancellationToken cancellationToken) => ReadAsync(
        $"""
        {Select} where id in (select distinct on (asset) id from orchestrator.materialization where is_current order by asset, sequence desc)
        order by asset
        """, parameters => parameters, cancellationToken);

    /// <summary>Lists all materializations of an asset, the last one first; only those of one partition if one is given.</summary>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<Materialization>> ListHistoryAsync(AssetKey asset, Partition? partition, int limit, CancellationToken cancellationToken) => ReadAsync(
        $"{Select} where asset = $1 and ($2 is null or partition = $2) order by sequence desc limit $3",
        parameters => parameters.With(asset.Name).With(partition).With(limit), cancellationToken);

    /// <inheritdoc/>
    public async Task<Materialization?> FindAsync(Guid materialization, CancellationToken cancellationToken)
    {
        var found = await ReadAsync($"{Select} where id = $1", parameters => parameters.With(materialization), cancellationToken);
        return found.Count > 0 ? found[0] : null;
    }

    /// <summary>Lists materializations of an asset, the last one first, from a place on.</summary>
    /// <param name="before">Only those committed before this <see cref="Materialization.Sequence"/>; <see langword="null"/> for
    /// all.</param>
    /// <param name="limit">Largest number of results.</param>
    public Task<IReadOnlyList<Materialization>> ListPageAsync(AssetKey asset, Partition? partition, long? before, int limit, CancellationToken cancellationToken) => ReadAsync(
        $"{Select} where asset = $1 and ($2 is null or partition = $2) and ($3 is null or sequence < $3) order by sequence desc limit $4",
        parameters => parameters.With(asset.Name).With(partition).With(before, NpgsqlTypes.NpgsqlDbType.Bigint).With(limit), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Materialization>> ListOfPartitionAsync(Partition partition, CancellationToken cancellationToken) =>
        ReadAsync($"{Select} where partition = $1 and is_current order by asset", parameters => parameters.With(partition), cancellationToken);

    /// <summary>Lists the months that have data, the last one first.</summary>
    public Task<IReadOnlyList<PartitionSummary>> ListPartitionsAsync(CancellationToken cancellationToken) => StoreReading.ReadAsync(store, outages,
        """
        select partition, count(*)::integer, sum(rows)::bigint, sum(bytes)::bigint, max(committed_at) from orchestrator.materialization
        where is_current and partition is not null group by partition order by partition desc
        """, parameters => parameters,
        row => new PartitionSummary(row.GetPartition(0)!.Value, row.GetInt32(1), row.GetInt64(2), row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4)), cancellationToken);

    /// <summary>Lists the materializations that a run wrote, in order.</summary>
    public Task<IReadOnlyList<Materialization>> ListOfRunAsync(Guid runId, CancellationToken cancellationToken) =>
        ReadAsync($"{Select} where run_id = $1 order by sequence", parameters => parameters.With(runId), cancellationToken);

    /// <summary>
    /// Lists the exact materializations from which one was made, directly and through others; in the order they were committed.
    /// </summary>
    public Task<IReadOnlyList<Materialization>> ListUpstreamAsync(Guid materialization, CancellationToken cancellationToken) => ReadAsync(
        $"""
        with recursive upstream (id) as (
          select input_id from orchestrator.materialization_input where materialization_id = $1
          union select input.input_id from orchestrator.materialization_input as input join upstream on input.materialization_id = upstream.id)
        {Select} where id in (select id from upstream) order by sequence
        """, parameters => parameters.With(materialization), cancellationToken);

    /// <summary>
    /// Lists the exact materializations that were made from one, directly and through others; in the order they were committed.
    /// </summary>
    public Task<IReadOnlyList<Materialization>> ListDownstreamAsync(Guid materialization, CancellationToken cancellationToken) => ReadAsync(
        $"""
        with recursive downstream (id) as (
          select materialization_id from orchestrator.materialization_input where input_id = $1
          union select output.materialization_id from orchestrator.materialization_input as output join downstream on output.input_id = downstream.id)
        {Select} where id in (select id from downstream) order by sequence
        """, parameters => parameters.With(materialization), cancellationToken);

    /// <summary>Lists the keys of all files of the object store that a materialization refers to, replaced ones included.</summary>
    public async Task<IReadOnlySet<string>> ListFilesAsync(CancellationToken cancellationToken)
    {
        var keys = await StoreReading.ReadAsync(store, outages,
            "select file ->> 'path' from orchestrator.materialization, json_array_elements(files) as file", parameters => parameters, row => row.GetString(0), cancellationToken);
        return keys.ToHashSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The lock belongs to a connection of its own. If that is lost, or ended because another worker took over the holder's run, the next
    /// writer may begin; <see cref="MaterializationDraft.Supersedes"/> then stops the one of the two that commits last.
    /// </remarks>
    public Task<IAsyncDisposable> LockAsync(AssetKey asset, ActivityAttempt holder, CancellationToken cancellationToken) => outages.RideOutAsync<IAsyncDisposable>(async token =>
    {
        var connection = await store.DataSource.OpenConnectionAsync(token);
        try
        {
            await RunSessions.MarkAsync(connection, holder.RunId, holder.FencingToken, token);
            await using var command = new NpgsqlCommand("select pg_advisory_lock(hashtextextended($1, 77002))", connection) { CommandTimeout = 0 };
            command.Parameters.With(asset.Name);
            await command.ExecuteNonQueryAsync(token);
            return new AssetLock(connection, asset);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }, cancellationToken);

    Task<IReadOnlyList<Materialization>> ReadAsync(
        string constant, Func<NpgsqlParameterCollection, NpgsqlParameterCollection> fill, CancellationToken cancellationToken) =>
        StoreReading.ReadAsync(store, outages, constant, fill, Read, cancellationToken);

    static Materialization Read(NpgsqlDataReader row) => new()
    {
        Id = row.GetGuid(0), Sequence = row.GetInt64(1), Asset = new(row.GetString(2)), Partition = row.GetPartition(3), RunId = row.GetGuid(4),
        ActivityId = row.GetString(5), Attempt = row.GetInt32(6), CommittedAt = row.GetFieldValue<DateTimeOffset>(7), Location = row.GetString(8),
        Rows = row.GetInt64(9), Bytes = row.GetInt64(10),
        Files = JsonSerializer.Deserialize(row.GetString(11), ProjectionContext.Default.IReadOnlyListAssetFile) ?? [],
        Columns = JsonSerializer.Deserialize(row.GetString(12), ProjectionContext.Default.IReadOnlyListAssetColumn) ?? [],
        Figures = JsonSerializer.Deserialize(row.GetString(13), ProjectionContext.Default.IReadOnlyDictionaryStringDecimal) ?? new Dictionary<string, decimal>(),
        CodeVersion = row.GetString(14), Supersedes = row.IsDBNull(15) ? null : row.GetGuid(15), Inputs = row.GetFieldValue<Guid[]>(16),
        Engine = row.GetOrDefault<string>(17),
    };

    sealed class AssetLock(NpgsqlConnection connection, AssetKey asset) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            try
            {
                await using var command = new NpgsqlCommand("select pg_advisory_unlock(hashtextextended($1, 77002))", connection);
                command.Parameters.With(asset.Name);
                await command.ExecuteNonQueryAsync(CancellationToken.None);
            }
            catch (NpgsqlException)
            {
                // The server released the lock together with the connection.
            }
            finally
            {
                await connection.DisposeAsync();
            }
        }
    }
}
