using Amazon.Runtime;
using Amazon.S3;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store.S3;

/// <summary>Sends requests: each in a span, within a time, again where that may help, and with failures in our words.</summary>
sealed class S3Requests(S3Address place, S3Options options, TimeProvider time, JitterSource jitter, S3Connection connection) : IDisposable
{
    readonly Lock gate = new();
    AmazonS3Client? opened;

    /// <summary>The store that is asked.</summary>
    public S3Address Place => place;

    /// <summary>Options of the requests.</summary>
    public S3Options Options => options;

    AmazonS3Client Client
    {
        get
        {
            lock (gate) return opened ??= S3Clients.Create(options, connection);
        }
    }

    /// <summary>A budget for what comes next.</summary>
    public RetryBudget Open() => new(options.RetryFor, time, jitter);

    /// <summary>Sends a request until it is answered.</summary>
    /// <exception cref="AmazonS3Exception">Nothing is there, or a condition does not hold.</exception>
    /// <exception cref="ActivityFailedException">Anything else that went wrong.</exception>
    public async Task<T> SendAsync<T>(S3Request request, RetryBudget budget, Func<AmazonS3Client, CancellationToken, Task<T>> send,
        CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            TimeSpan wait;
            using (var span = ActivitiesTelemetry.StartS3(
                request.Operation, place.Bucket, request.Key is { } key ? place.Prefix + key : null, tries))
            {
                using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                try
                {
                    var answer = await send(Client, either.Token);
                    budget.Fill();
                    span.Answered(answer as AmazonWebServiceResponse);
                    return answer;
                }
                catch (Exception e) when (e is not ActivityFailedException)
                {
                    span.Answered(e as AmazonServiceException);
                    if (S3Failures.IsAnswer(e))
                    {
                        budget.Fill();
                        throw;
                    }
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!S3Failures.IsTransient(e) || budget.Spend(tries) is not { } given)
                    {
                        var failure = S3Failures.From(e, place.Root, place.Bucket, request.What, request.IsWrite);
                        span.Fail(failure);
                        throw failure;
                    }
                    span.Fail(e);
                    wait = given;
                }
            }
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    public void Dispose()
    {
        lock (gate) opened?.Dispose();
    }
}

/// <summary>A request as its span and its failure name it.</summary>
/// <param name="Operation">Its name in the API, such as <c>PutObject</c>.</param>
/// <param name="Key">The key below the store's root; <see langword="null"/> for none.</param>
/// <param name="What">What it is to do, as the end of "failed to".</param>
/// <param name="IsWrite">Whether it changes anything.</param>
readonly record struct S3Request(string Operation, string? Key, string What, bool IsWrite = false);
