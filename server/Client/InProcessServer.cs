using Orchestrator.Server.Hosting;

namespace Orchestrator.Server.Client;

/// <summary>The API in the process of a command, for as long as the command needs it.</summary>
sealed class InProcessServer : IAsyncDisposable
{
    readonly CancellationTokenSource drain = new();
    readonly DirectoryInfo folder;
    ServerHost? host;
    Task running = Task.CompletedTask;

    // A path of a socket is short, so it does not lie in the data folder; the folder is open to its user only.
    InProcessServer() => folder = Directory.CreateTempSubdirectory("orchestrator-");

    /// <summary>Starts it.</summary>
    /// <param name="workers">Runs at once; 0 where the command drives none.</param>
    /// <returns>Asks it; disposing it ends the server.</returns>
    public static async Task<ApiClient> StartAsync(PlatformOptions options, int workers, ServerParts parts, CancellationToken cancellationToken)
    {
        var server = new InProcessServer();
        try
        {
            var socket = Path.Combine(server.folder.FullName, "api");
            var what = new ServerOptions
            {
                Urls = [], Socket = socket, Workers = Math.Max(workers, 1), Roles = workers > 0 ? ServerRoles.Api | ServerRoles.Worker : ServerRoles.Api,
            };
            server.host = await ServerHost.StartAsync(options, what, parts, Settings.Read(), new(server.drain.Token, CancellationToken.None), cancellationToken);
            server.running = server.host.RunAsync();
            return ApiClient.InProcess(socket, server);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await drain.CancelAsync();
        await running;
        if (host is not null) await host.DisposeAsync();
        drain.Dispose();
        folder.Delete(recursive: true);
    }
}
