using Orchestrator.Server.Hosting;
using Orchestrator.Server.Machine;

namespace Orchestrator.Server.Client;

/// <summary>Server with the API in the process of a command, for as long as the command needs it.</summary>
sealed class InProcessServer : IAsyncDisposable
{
    readonly CancellationTokenSource drain = new();
    readonly LocalSocket socket = new();
    ServerHost? host;
    Task running = Task.CompletedTask;

    /// <summary>Starts the server.</summary>
    /// <param name="workers">Runs at once; 0 if the command drives none.</param>
    /// <returns>A client; disposing it stops the server.</returns>
    public static async Task<ApiClient> StartAsync(PlatformOptions options, int workers, ServerParts parts, CancellationToken cancellationToken)
    {
        var server = new InProcessServer();
        try
        {
            var what = new ServerOptions
            {
                Urls = [], Socket = server.socket.Path, Workers = Math.Max(workers, 1), Roles = workers > 0
                    ? ServerRoles.Api | ServerRoles.Worker : ServerRoles.Api,
            };
            server.host = await ServerHost.StartAsync(options, what, parts, Settings.Read(), new(server.drain.Token, CancellationToken.None), cancellationToken);
            server.running = server.host.RunAsync();
            return ApiClient.Through(server.socket.Path, new("http://localhost"), server);
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
        socket.Dispose();
    }
}
