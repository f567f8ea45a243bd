using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Secrets;

/// <summary>A secret without its value.</summary>
/// <param name="Name">Name that definitions use.</param>
/// <param name="Version">Version, which increases with each change.</param>
/// <param name="CreatedAt">Time at which it was first set.</param>
/// <param name="ChangedAt">Time at which it was last set.</param>
/// <param name="ChangedBy">Caller who last set it.</param>
/// <param name="Hosts">The hosts that it may be sent to; <see langword="null"/> for any.</param>
sealed record Secret(string Name, long Version, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string ChangedBy, string? Hosts);

/// <summary>Secrets in PostgreSQL, encrypted.</summary>
sealed class SecretStore(StoreDatabase store, StoreOutages outages, SecretKeys keys, TimeProvider time)
{
    /// <summary>Shortest value: a shorter one would be found, and masked, in unrelated texts.</summary>
    public const int ShortestValue = 4;

    /// <summary>Length of the longest value.</summary>
    public const int LongestValue = 65_536;

    /// <summary>Lists all secrets by name.</summary>
    public Task<IReadOnlyList<Secret>> ListAsync(CancellationToken cancellationToken) => ReadAsync("order by name", names: null, Read, cancellationToken);

    /// <summary>Finds a secret by name; <see langword="null"/> if there is none.</summary>
    public async Task<Secret?> FindAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync("where name = any($1)", [name], Read, cancellationToken) is [var found] ? found : null;

    /// <summary>Sets a value; attempts that begin from now on get it.</summary>
    /// <param name="hosts">The hosts that it may be sent to; <see langword="null"/> for any.</param>
    /// <param name="expectedVersion">The version that the change was made from, 0 if the secret must not exist; <see langword="null"/>
    /// for any.</param>
    /// <returns>The new version; <see langword="null"/> if the current one is not the expected one.</returns>
    public Task<long?> SetAsync(string name, string text, string? hosts, long? expectedVersion, string who, CancellationToken cancellationToken)
    {
        var encrypted = keys.Protect(name, hosts, text);
        return outages.RideOutAsync(async token =>
        {
            await using var command = store.DataSource.CreateCommand("""
                insert into orchestrator.secret (name, value, created_at, changed_at, changed_by, hosts)
                select $1, $2, $3, $3, $4, $6 where $5 is null or $5 = 0 or exists (select 1 from orchestrator.secret where name = $1)
                on conflict (name) do update set value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by, hosts = excluded.hosts, version = secret.version + 1
                where $5 is null or secret.version = $5
                returning version
                """);
            foreach (var value in new object[] { name, encrypted, time.GetUtcNow(), who }) command.Parameters.Add(new() { Value = value });
            command.Parameters.Add(new() { Value = (object?)expectedVersion ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = (object?)hosts ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            return (long?)await command.ExecuteScalarAsync(token);
        }, cancellationToken);
    }

    /// <summary>Removes a secret; activities that name it fail from now on.</summary>
    /// <param name="version">The version that it must have.</param>
    /// <returns>False if the secret does not have that version.</returns>
    public Task<bool> RemoveAsync(string name, long version, CancellationToken cancellationToken) => outages.RideOutAsync(async token =>
    {
        await using var command = store.DataSource.CreateCommand("delete from orchestrator.secret where name = $1 and version = $2");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = version });
        return await command.ExecuteNonQueryAsync(token) > 0;
    }, cancellationToken);

    /// <summary>Decrypts values: the <see cref="ReadSecrets"/> of the runtime.</summary>
    /// <exception cref="ActivityFailedException"><c>secrets.unreadable</c>: this process does not have the key.</exception>
    public async Task<IReadOnlyDictionary<string, SecretValue>> ReadValuesAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        (await ReadAsync("where name = any($1)", [.. names], static row => (Secret: Read(row), Value: row.GetFieldValue<byte[]>(6)), cancellationToken))
            .ToDictionary(read => read.Secret.Name, read => new SecretValue(Decrypt(read.Secret.Name, read.Secret.Hosts, read.Value), read.Secret.Hosts), StringComparer.Ordinal);

    string Decrypt(string name, string? hosts, byte[] value)
    {
        try
        {
            return keys.Unprotect(name, hosts, value);
        }
        catch (CryptographicException error)
        {
            throw new ActivityFailedException("secrets.unreadable",
                $"The secret '{name}' cannot be decrypted: its key is not in this process's folder of keys, or somebody changed its row. Share that folder (Secrets:KeyFolder), or set the secret again.", isRetryable: false, error);
        }
    }

    static Secret Read(NpgsqlDataReader row) => new(row.GetString(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5));

    // The condition is one of the constants above.
    Task<IReadOnlyList<T>> ReadAsync<T>(string condition, string[]? names, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken) =>
        outages.RideOutAsync<IReadOnlyList<T>>(async token =>
        {
            await using var command = store.DataSource.CreateCommand($"select name, version, created_at, changed_at, changed_by, hosts, value from orchestrator.secret {condition}");
            if (names is not null) command.Parameters.Add(new() { Value = names });
            await using var row = await command.ExecuteReaderAsync(token);
            var found = new List<T>();
            while (await row.ReadAsync(token)) found.Add(read(row));
            return found;
        }, cancellationToken);
}
