using Grpc.Core;
using Orchestrator.Spark.Connect.Protocol;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// One execution of a plan. It goes on without us: where the connection breaks, or the server ends the stream after its time, the answers
/// are asked for again from the last one that came. Only <c>result_complete</c> is the end.
/// </summary>
sealed class SparkOperation(SparkClient client, SparkServerSession session, string id, TimeProvider time)
{
    // The server keeps what was not released, up to a limit.
    const int ReleaseEvery = 16;

    static readonly TimeSpan InterruptAgainAfter = TimeSpan.FromMilliseconds(50);
    static readonly TimeSpan InterruptFor = TimeSpan.FromSeconds(1);
    static readonly TimeSpan EndWithin = TimeSpan.FromMilliseconds(500);

    int hasEnded;

    /// <summary>Executes a plan to its end.</summary>
    /// <param name="plan">The plan; <see langword="null"/> for an operation that was begun before, by us or by another process.</param>
    /// <param name="take">Given each answer, once and in order.</param>
    /// <exception cref="SparkFault">It failed.</exception>
    public async Task FollowAsync(Plan? plan, Action<ExecutePlanResponse> take, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var reading = new CancellationTokenSource();
        var interrupted = Task.CompletedTask;
        try
        {
            await using var registration = cancellationToken.Register(() => interrupted = InterruptAsync(reading));
            await FollowAsync(plan, take, reading.Token, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref hasEnded, 1);
            await interrupted;
            session.Release(id, lastAnswer: null);
        }
    }

    async Task FollowAsync(Plan? plan, Action<ExecutePlanResponse> take, CancellationToken reading, CancellationToken cancellationToken)
    {
        var outage = new SparkClient.OutageWait(client);
        var (isToBegin, wasSentAgain, count) = (plan is not null, false, 0);
        string? last = null;
        while (true)
        {
            try
            {
                using var call = isToBegin ? Begin(plan!, reading) : Attach(last, reading);
                isToBegin = false;
                await foreach (var answer in call.ResponseStream.ReadAllAsync(reading))
                {
                    outage.Reset();
                    session.Observe(answer.ServerSideSessionId);
                    last = answer.ResponseId;
                    take(answer);
                    if (answer.ResponseTypeCase is ExecutePlanResponse.ResponseTypeOneofCase.ResultComplete) return;
                    if (++count % ReleaseEvery == 0) session.Release(id, last);
                }
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (error is not RpcException failed) throw;
                var fault = await SparkFaults.FromAsync(failed, client, session.Id, cancellationToken);
                if (fault.Kind is SparkFaultKind.OperationLost && plan is not null && last is null && !wasSentAgain)
                {
                    // The server never heard of it.
                    (isToBegin, wasSentAgain) = (true, true);
                    continue;
                }
                await outage.WaitAsync(fault, cancellationToken);
            }
        }
    }

    AsyncServerStreamingCall<ExecutePlanResponse> Begin(Plan plan, CancellationToken reading)
    {
        var request = new ExecutePlanRequest
        {
            SessionId = session.Id, UserContext = client.User, ClientType = SparkClient.ClientType, OperationId = id, Plan = plan,
            RequestOptions = { new ExecutePlanRequest.Types.RequestOption { ReattachOptions = new() { Reattachable = true } } },
        };
        if (session.Observed is { } observed) request.ClientObservedServerSideSessionId = observed;
        return client.Calls.ExecutePlan(request, client.With(reading));
    }

    AsyncServerStreamingCall<ExecutePlanResponse> Attach(string? last, CancellationToken reading)
    {
        var request = new ReattachExecuteRequest
        {
            SessionId = session.Id, UserContext = client.User, ClientType = SparkClient.ClientType,
            OperationId = id
        };
        if (session.Observed is { } observed) request.ClientObservedServerSideSessionId = observed;
        if (last is not null) request.LastResponseId = last;
        return client.Calls.ReattachExecute(request, client.With(reading));
    }

    // Ending the call alone would leave the query running.
    async Task InterruptAsync(CancellationTokenSource reading)
    {
        try
        {
            for (var since = time.GetTimestamp(); Volatile.Read(ref hasEnded) == 0 && time.GetElapsedTime(since) < InterruptFor;)
            {
                var answer = await client.Calls.InterruptAsync(
                    new()
                    {
                        SessionId = session.Id, UserContext = client.User, ClientType = SparkClient.ClientType,
                        InterruptType = InterruptRequest.Types.InterruptType.OperationId, OperationId = id
                    },
                    client.With(CancellationToken.None).WithDeadline(client.After(InterruptFor)));
                if (answer.InterruptedIds.Count > 0) break;
                // One that comes before the query has begun finds nothing.
                await Task.Delay(InterruptAgainAfter, time, CancellationToken.None);
            }
        }
        catch (RpcException)
        {
            // A server that does not answer works on nothing that we could end.
        }
        reading.CancelAfter(EndWithin);
    }
}
