using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Stands between a client and a server, and cuts the line where the server has done its work and the client has not heard of it.</summary>
public sealed class LossyProxy : IAsyncDisposable
{
    readonly TcpListener listener;
    readonly CancellationTokenSource stopping = new();
    readonly int serverPort;
    readonly Task accepting;
    int answersToLose;

    /// <param name="port">Where it listens; 0 for any free port.</param>
    public LossyProxy(int serverPort, int port = 0)
    {
        this.serverPort = serverPort;
        listener = new(IPAddress.Loopback, port);
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Loses the next answer, and with it the connection.</summary>
    public void LoseNextAnswer() => Interlocked.Exchange(ref answersToLose, 1);

    async Task AcceptAsync()
    {
        try
        {
            while (true) _ = PassAsync(await listener.AcceptTcpClientAsync(stopping.Token));
        }
        catch (OperationCanceledException) { }
    }

    async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            await server.ConnectAsync(IPAddress.Loopback, serverPort, stopping.Token);
            var up = CopyAsync(client.GetStream(), server.GetStream(), mayLose: false);
            var down = CopyAsync(server.GetStream(), client.GetStream(), mayLose: true);
            await Task.WhenAny(up, down);
        }
    }

    async Task CopyAsync(NetworkStream from, NetworkStream to, bool mayLose)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, stopping.Token) is var count and > 0)
            {
                if (mayLose && Interlocked.CompareExchange(ref answersToLose, 0, 1) == 1) return;
                await to.WriteAsync(buffer.AsMemory(0, count), stopping.Token);
            }
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or ObjectDisposedException) { }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        stopping.Dispose();
    }
}
