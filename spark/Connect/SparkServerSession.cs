using System.Collections.Concurrent;
using Grpc.Core;
using Orchestrator.Spark.Connect.Protocol;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// A session on the server, and the rows that it keeps for one attempt. Other attempts may be in it as well: nothing of it is changed but
/// by the settings that all of them give, and the server ends it when nobody has used it for a while.
/// </summary>
/// <param name="id">A UUID that we choose; the server makes a session for one that it does not know.</param>
sealed class SparkServerSession(SparkClient client, string id)
{
    static readonly TimeSpan EndWithin = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<Task, bool> releases = [];
    readonly ConcurrentDictionary<string, Lazy<Task<CachedRemoteRelation>>> kept = new(StringComparer.Ordinal);

    public string Id => id;

    /// <summary>The server's own id of it, by which a server that was started anew is found out.</summary>
    public string? Observed { get; private set; }

    public void Observe(string serverSide)
    {
        if (serverSide.Length > 0) Observed ??= serverSide;
    }

    /// <summary>Begins it with settings.</summary>
    public async Task ConfigureAsync(IEnumerable<KeyValuePair<string, string>> settings, CancellationToken cancellationToken)
    {
        var set = new ConfigRequest.Types.Set { Silent = true };
        foreach (var (key, value) in settings) set.Pairs.Add(new KeyValue { Key = key, Value = value });
        await ConfigAsync(new() { Set = set }, cancellationToken);
    }

    /// <summary>A setting of the server; empty if it has none.</summary>
    public async Task<string> ReadAsync(string setting, CancellationToken cancellationToken)
    {
        var answer = await ConfigAsync(new() { GetWithDefault = new() { Pairs = { new KeyValue { Key = setting, Value = "" } } } },
            cancellationToken);
        return answer.Pairs.Count > 0 ? answer.Pairs[0].Value : "";
    }

    /// <summary>The server's version, such as <c>4.2.0</c>.</summary>
    public async Task<string> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await AnalyzeAsync(new() { SparkVersion = new() }, cancellationToken)).SparkVersion.Version;

    /// <summary>Whether the server still has it.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadVersionAsync(cancellationToken);
            return true;
        }
        catch (SparkFault fault) when (fault.Kind is SparkFaultKind.SessionLost)
        {
            return false;
        }
    }

    /// <summary>Has the server keep rows once; who asks meanwhile waits for them, and a failure keeps none.</summary>
    public async Task<CachedRemoteRelation> KeptAsync(string table, Func<Task<CachedRemoteRelation>> keep)
    {
        var keeping = kept.GetOrAdd(table, _ => new(keep));
        try
        {
            return await keeping.Value;
        }
        catch
        {
            kept.TryRemove(KeyValuePair.Create(table, keeping));
            throw;
        }
    }

    /// <summary>Releases the answers of an operation.</summary>
    /// <param name="lastAnswer">Up to this one; <see langword="null"/> for all, which also ends an operation that still runs.</param>
    public void Release(string operation, string? lastAnswer)
    {
        var request = new ReleaseExecuteRequest
        {
            SessionId = id, UserContext = client.User, ClientType = SparkClient.ClientType,
            OperationId = operation
        };
        if (lastAnswer is null) request.ReleaseAll = new();
        else request.ReleaseUntil = new() { ResponseId = lastAnswer };
        var release = QuietlyAsync(async () =>
            await client.Calls.ReleaseExecuteAsync(request, client.With(CancellationToken.None).WithDeadline(client.After(EndWithin))));
        releases.TryAdd(release, true);
        _ = release.ContinueWith(done => releases.TryRemove(done, out _), CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Forgets the rows that it keeps; a server that does not answer forgets them with the session.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(releases.Keys);
        await Task.WhenAll(kept.Values.Where(keeping => keeping.IsValueCreated && keeping.Value.IsCompletedSuccessfully)
            .Select(keeping => ForgetAsync(keeping.Value)));
    }

    async Task ForgetAsync(Task<CachedRemoteRelation> rows)
    {
        var request = new ExecutePlanRequest
        {
            SessionId = id, UserContext = client.User, ClientType = SparkClient.ClientType,
            Plan = SparkPlans.Forget(await rows)
        };
        using var call = client.Calls.ExecutePlan(request, client.With(CancellationToken.None).WithDeadline(client.After(EndWithin)));
        await QuietlyAsync(async () => { while (await call.ResponseStream.MoveNext(CancellationToken.None)) { } });
    }

    async Task<ConfigResponse> ConfigAsync(ConfigRequest.Types.Operation operation, CancellationToken cancellationToken)
    {
        var request = new ConfigRequest
        {
            SessionId = id, UserContext = client.User, ClientType = SparkClient.ClientType,
            Operation = operation
        };
        if (Observed is { } observed) request.ClientObservedServerSideSessionId = observed;
        var answer = await client.CallAsync((calls, options) => calls.ConfigAsync(request, options), id, cancellationToken);
        Observe(answer.ServerSideSessionId);
        return answer;
    }

    Task<AnalyzePlanResponse> AnalyzeAsync(AnalyzePlanRequest request, CancellationToken cancellationToken) =>
        client.CallAsync((calls, options) => calls.AnalyzePlanAsync(Addressed(request), options), id, cancellationToken);

    AnalyzePlanRequest Addressed(AnalyzePlanRequest request)
    {
        request.SessionId = id;
        request.UserContext = client.User;
        request.ClientType = SparkClient.ClientType;
        if (Observed is { } observed) request.ClientObservedServerSideSessionId = observed;
        return request;
    }

    // Nobody waits for these, and the server's word on them changes nothing.
    static async Task QuietlyAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (RpcException)
        {
            // See above.
        }
    }
}
