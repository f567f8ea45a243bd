using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// A Spark 4 server, local or a cluster, reached by Spark Connect. It reads and writes the object store itself: a folder that its workers see under
/// the same path, or <c>s3a://</c> with access of its own.
/// </summary>
/// <param name="staging">Takes what Spark wrote.</param>
/// <param name="options">Where the server is.</param>
/// <param name="time">Clock of the waits.</param>
/// <param name="log">Told of what is done anew.</param>
public sealed class SparkConnectEngine(IFileStaging staging, IOptions<SparkConnectOptions> options, TimeProvider time, ILogger<SparkConnectEngine> log) : ISqlEngine, IDisposable
{
    readonly Lock gate = new();
    SparkClient? client;

    /// <inheritdoc/>
    public string Name => "spark";

    /// <inheritdoc/>
    public async Task<ISqlSession> OpenAsync(SqlSessionContext context, CancellationToken cancellationToken) => await OpenSessionAsync(context, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EngineProbe>> ProbeAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await using var session = await OpenSessionAsync(new(Path.GetTempPath()), cancellationToken);
        var opened = time.GetTimestamp();
        await session.QueryAsync("select 1 as one", new Dictionary<string, object?>(), cancellationToken);
        return
        [
            new("spark session", string.Create(CultureInfo.InvariantCulture, $"{session.Engine}, at {Client.Address}"), time.GetElapsedTime(started, opened)),
            new("spark query", "answered", time.GetElapsedTime(opened)),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => client?.Dispose();

    // The address is read by the first who needs it, so that what needs no Spark works without.
    internal SparkClient Client
    {
        get
        {
            lock (gate) return client ??= new(AddressOf(options.Value), options.Value, time);
        }
    }

    internal async Task<SparkConnectSession> OpenSessionAsync(SqlSessionContext context, CancellationToken cancellationToken)
    {
        var session = new SparkConnectSession(Client, staging, options.Value, context, time, log);
        try
        {
            await session.OpenAsync(cancellationToken);
            return session;
        }
        catch (SparkFault fault)
        {
            throw SparkFaults.InOurWords(fault, Client);
        }
    }

    static SparkAddress AddressOf(SparkConnectOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Address))
            throw new SqlEngineException("spark.no_address", "Nobody said where the Spark Connect server is. Give it with --spark, such as --spark sc://host:15002.", isRetryable: false);
        try
        {
            return SparkAddress.Parse(options.Address);
        }
        catch (FormatException error)
        {
            throw new SqlEngineException("spark.no_address", error.Message, isRetryable: false, error);
        }
    }
}
