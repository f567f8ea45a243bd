using Npgsql;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;

[assembly: AssemblyFixture(typeof(Orchestrator.Tests.Integration.Support.PostgresFixture))]

namespace Orchestrator.Tests.Integration.Support;

/// <summary>
/// One embedded PostgreSQL for a test process, under a folder of its own; started by the first test that asks for it. A test takes it
/// as a constructor parameter.
/// </summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-postgres-").FullName;
    readonly Lazy<Task<EmbeddedPostgres>> server;
    int databases;

    public PostgresFixture()
    {
        // As root the server runs as another user, who has to get in.
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);
        server = new(() => EmbeddedPostgres.StartAsync(folder, port: null, TimeProvider.System, CancellationToken.None));
    }

    /// <summary>A fresh, empty database.</summary>
    /// <returns>Connection string of the owner of everything in it.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var running = await StartAsync();
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(running.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand($"create database {name} template template0", connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        // Hundreds of tests share the server: what one of them opened does not stay for minutes.
        return new NpgsqlConnectionStringBuilder(running.ConnectionString) { Database = name, ConnectionIdleLifetime = 3, ConnectionPruningInterval = 1 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully) await (await server.Value).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    async Task<EmbeddedPostgres> StartAsync()
    {
        try
        {
            return await server.Value;
        }
        catch (PlatformException error)
        {
            RequiredServer.Missing(error.Message);
            throw;
        }
    }
}
