using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Orchestrator.Spark.Connect.Protocol;
using Calls = Orchestrator.Spark.Connect.Protocol.SparkConnectService.SparkConnectServiceClient;

namespace Orchestrator.Spark.Connect;

/// <summary>The connection to a Spark Connect server, which all sessions share.</summary>
sealed class SparkClient : IDisposable
{
    /// <summary>The client's name in the server's logs.</summary>
    public const string ClientType = "orchestrator";

    static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    readonly GrpcChannel channel;
    readonly Metadata headers = [];
    readonly TimeProvider time;

    public SparkClient(SparkAddress address, SparkConnectOptions options, TimeProvider time)
    {
        this.time = time;
        Address = address;
        Outage = options.Outage;
        MessageSizeMiB = options.MessageSizeMiB;
        User = new() { UserId = address.UserId, UserName = address.UserId };
        if (address.Token is { } token) headers.Add("authorization", $"Bearer {token}");
        foreach (var (name, value) in address.Headers) headers.Add(name, value);
        channel = GrpcChannel.ForAddress(
            string.Create(CultureInfo.InvariantCulture, $"{(address.UsesTls ? "https" : "http")}://{address.Host}:{address.Port}"), new()
            {
                MaxReceiveMessageSize = options.MessageSizeMiB << 20,
                MaxSendMessageSize = options.MessageSizeMiB << 20,
                InitialReconnectBackoff = TimeSpan.FromMilliseconds(200),
                MaxReconnectBackoff = TimeSpan.FromSeconds(1),
                DisposeHttpClient = true,
                HttpHandler = Handler(options.CertificateAuthority),
            });
        Calls = new(channel);
    }

    public SparkAddress Address { get; }

    public TimeSpan Outage { get; }

    public int MessageSizeMiB { get; }

    public UserContext User { get; }

    public Calls Calls { get; }

    /// <summary>Gives the options of a call.</summary>
    public CallOptions With(CancellationToken cancellationToken) => new(headers, cancellationToken: cancellationToken);

    /// <summary>When a call ends that may take so long.</summary>
    public DateTime After(TimeSpan within) => (time.GetUtcNow() + within).UtcDateTime;

    /// <summary>Makes a call that may be made twice; while the server does not answer, it is made again for <see cref="Outage"/>.</summary>
    /// <exception cref="SparkFault">It failed.</exception>
    public async Task<T> CallAsync<T>(Func<Calls, CallOptions, AsyncUnaryCall<T>> call, string session, CancellationToken cancellationToken)
    {
        var outage = new OutageWait(this);
        while (true)
        {
            try
            {
                using var made = call(Calls, With(cancellationToken));
                return await made.ResponseAsync;
            }
            catch (RpcException error)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await outage.WaitAsync(await SparkFaults.FromAsync(error, this, session, cancellationToken), cancellationToken);
            }
        }
    }

    public void Dispose() => channel.Dispose();

    static SocketsHttpHandler Handler(string? certificateAuthority)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false, EnableMultipleHttp2Connections = true, PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        if (certificateAuthority is null) return handler;
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(certificateAuthority);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        return handler;
    }

    /// <summary>The pauses of one piece of work while the server is unavailable. An answer of the server ends the outage.</summary>
    /// <remarks>Pauses grow as the GrowingPause of the workflows does, which this project cannot see.</remarks>
    public sealed class OutageWait(SparkClient client)
    {
        long? since;
        TimeSpan pause = FirstPause;

        public void Reset() => (since, pause) = (null, FirstPause);

        /// <summary>Waits a while if another call may find the server; throws the fault else.</summary>
        public async Task WaitAsync(SparkFault fault, CancellationToken cancellationToken)
        {
            since ??= client.time.GetTimestamp();
            if (fault.Kind is not SparkFaultKind.Unreachable || client.time.GetElapsedTime(since.Value) + pause > client.Outage)
                throw fault;
            await Task.Delay(pause, client.time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
