using System.Net;
using System.Text;
using Amazon.Runtime;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>Connections of the SDK that fail where a test wants it, and count.</summary>
sealed class FaultyHttp : HttpClientFactory
{
    readonly Lock gate = new();
    readonly List<S3Call> calls = [];
    int sent;

    /// <summary>Decides by the request and its number, from 1, what happens to it.</summary>
    public Func<HttpRequestMessage, int, HttpFault> Decide { get; set; } = static (_, _) => HttpFault.None;

    /// <summary>Requests so far.</summary>
    public int Sent => sent;

    /// <summary>What the server answered. Its own log comes later than its answers.</summary>
    public IReadOnlyList<S3Call> Calls { get { lock (gate) return [.. calls]; } }

    /// <summary>Forgets what was answered.</summary>
    public void Forget() { lock (gate) calls.Clear(); }

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(new Handler(this)) { Timeout = Timeout.InfiniteTimeSpan };

    public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

    public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => true;

    sealed class Handler(FaultyHttp owner) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            switch (owner.Decide(request, Interlocked.Increment(ref owner.sent)))
            {
                case HttpFault.SlowDown:
                    return new(HttpStatusCode.ServiceUnavailable)
                    {
                        RequestMessage = request, Content = new StringContent("<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>", Encoding.UTF8, "application/xml"),
                    };
                case HttpFault.LostAnswer:
                    using (await PassAsync(request, cancellationToken)) throw new HttpRequestException("The answer was lost.");
                case HttpFault.None:
                default:
                    return await PassAsync(request, cancellationToken);
            }
        }

        async Task<HttpResponseMessage> PassAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var address = request.RequestUri!;
            lock (owner.gate) owner.calls.Add(new((int)answer.StatusCode, request.Method.Method, address.AbsolutePath, address.Query.TrimStart('?')));
            return answer;
        }
    }
}

enum HttpFault
{
    None = 0,
    SlowDown = 1,
    LostAnswer = 2,
}
