using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// A Spark 4 server, local or a cluster, reached by Spark Connect. It reads and writes the object store itself: a folder that its workers
/// see under the same path, or <c>s3a://</c> with access of its own.
/// </summary>
/// <param name="staging">Takes what Spark wrote.</param>
/// <param name="options">Where the server is.</param>
/// <param name="time">Clock of the waits.</param>
/// <param name="log">Told of what is done anew.</param>
public sealed class SparkConnectEngine(
    IFileStaging staging, IOptions<SparkConnectOptions> options, TimeProvider time, ILogger<SparkConnectEngine> log)
    : ISqlEngine, IDisposable
{
    // Executors of a cluster may have to start for the first query.
    static readonly TimeSpan SessionWithin = TimeSpan.FromSeconds(10), QueryWithin = TimeSpan.FromSeconds(20);

    readonly Lock gate = new();
    SparkClient? client;

    /// <inheritdoc/>
    public string Name => "spark";

    /// <inheritdoc/>
    public async Task<ISqlSession> OpenAsync(SqlSessionContext context, CancellationToken cancellationToken) =>
        await OpenSessionAsync(context, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EngineProbe>> ProbeAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        await using var session = await WithinAsync(SessionWithin, limit => OpenSessionAsync(new(Path.GetTempPath()), limit),
            "did not open a session", "Look at the network to it, and whether something else listens there.", cancellationToken);
        var opened = time.GetTimestamp();
        await WithinAsync(QueryWithin, limit => session.QueryAsync("select 1 as one", new Dictionary<string, object?>(), limit),
            "did not answer a query", "Look at its page whether the cluster has workers with free cores.", cancellationToken);
        return
        [
            new("spark session", string.Create(CultureInfo.InvariantCulture, $"{session.Engine}, at {Client.Address}"),
                time.GetElapsedTime(started, opened)),
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
            throw SparkFaults.Translate(fault, Client);
        }
    }

    async Task<T> WithinAsync<T>(TimeSpan longest, Func<CancellationToken, Task<T>> ask, string missed, string toDo,
        CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(longest);
        try
        {
            return await ask(limit.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SqlEngineException("spark.unreachable",
                $"The Spark Connect server at {Client.Address} {missed} within {longest.TotalSeconds:0} s. {toDo}", isRetryable: true,
                late);
        }
    }

    static SparkAddress AddressOf(SparkConnectOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.Address))
            throw new SqlEngineException("spark.no_address", "Nobody said where the Spark Connect server is. Give it with --spark, such " +
                "as --spark sc://host:15002.", isRetryable: false);
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
