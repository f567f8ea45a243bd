using Npgsql;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Composition;

/// <summary>Where the platform keeps its data: the folder and PostgreSQL, with the schemas brought up to date.</summary>
/// <param name="notice">Takes sentences about PostgreSQL.</param>
public sealed class PlatformStorage(PlatformOptions options, Action<string> notice, TimeProvider time) : IAsyncDisposable
{
    EmbeddedPostgres? embedded;
    string? connectionString;

    /// <summary>What it was asked to use.</summary>
    public PlatformOptions Options => options;

    /// <summary>How to connect to PostgreSQL; there once it has started.</summary>
    public string ConnectionString => connectionString ?? throw new InvalidOperationException("The storage has not been started.");

    /// <summary>Starts PostgreSQL where none is given.</summary>
    /// <exception cref="PlatformException">It cannot start, with what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        DataDirectory.EnsureWritable(options.DataDirectory, options.DataDirectory);
        if (options.Postgres is not null) PrivateFolder.CloseData(options.DataDirectory);
        if (options is { StoreAddress: { IsFile: true } store, IsStoreShared: false }) PrivateFolder.CloseStore(store.LocalPath);
        embedded = options.Postgres is null ? await EmbeddedPostgres.StartAsync(options.DataDirectory, options.PostgresPort, time, cancellationToken) : null;
        try
        {
            if (embedded is not null) embedded.Notice = notice;
            // Every session has UTC: an instant lies on the same day on every machine and server.
            var given = embedded?.ConnectionString ?? PostgresAddress.Read(options.Postgres!);
            var address = new NpgsqlConnectionStringBuilder(given) { Timezone = "UTC" }.ConnectionString;
            if (embedded is null) await PostgresAddress.CheckAsync(address, cancellationToken);
            // Neither knows of the other: they take as long as the slower one.
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
