using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Composition;

/// <summary>Storage of the platform: data folder and PostgreSQL, with upgraded schemas.</summary>
/// <param name="notice">Receives messages about PostgreSQL.</param>
public sealed class PlatformStorage(PlatformOptions options, Action<string> notice, TimeProvider time) : IAsyncDisposable
{
    EmbeddedPostgres? embedded;
    string? connectionString;

    /// <summary>Options of the storage.</summary>
    public PlatformOptions Options => options;

    /// <summary>Connection string of PostgreSQL; available once the storage has started.</summary>
    public string ConnectionString => connectionString ?? throw new InvalidOperationException("The storage has not been started.");

    /// <summary>Starts PostgreSQL if none is given.</summary>
    /// <exception cref="PlatformException">PostgreSQL cannot start; the message says what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        DataDirectory.EnsureWritable(options.DataDirectory, options.DataDirectory);
        if (options.Postgres is not null) PrivateFolder.CloseData(options.DataDirectory);
        if (options is { StoreAddress: { IsFile: true } store, IsStoreShared: false }) PrivateFolder.CloseStore(store.LocalPath);
        embedded = options.Postgres is null ? await EmbeddedPostgres.StartAsync(options.DataDirectory, options.PostgresPort, time, cancellationToken) : null;
        try
        {
            if (embedded is not null) embedded.Notice = notice;
            // Every session uses UTC, so an instant lies on the same day on every machine and server.
            var given = embedded?.ConnectionString ?? PostgresAddress.Read(options.Postgres!);
            var address = new NpgsqlConnectionStringBuilder(given) { Timezone = "UTC" }.ConnectionString;
            if (embedded is null) await PostgresAddress.CheckAsync(address, cancellationToken);
            // The two are independent: together they take as long as the slower one.
            await Task.WhenAll(
                Task.Run(() => StoreMigrations.Apply(address), cancellationToken),
                Task.Run(() => WarehouseMigrations.Apply(address), cancellationToken));
            connectionString = address;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (embedded is not null) await embedded.DisposeAsync();
        embedded = null;
    }
}
