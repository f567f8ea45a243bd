using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;
using SpanKind = System.Diagnostics.ActivityKind;

namespace Orchestrator.Workflows.Activities;

/// <summary>Resolves the addresses of a host.</summary>
delegate Task<IPAddress[]> ResolveHost(string host, CancellationToken cancellationToken);

/// <summary>A request to send.</summary>
/// <param name="Address">Its address.</param>
/// <param name="Headers">Name and value, without those of the content.</param>
/// <param name="Content">The content; <see langword="null"/> for none.</param>
sealed record OutgoingRequest(Uri Address, HttpMethod Method, IReadOnlyList<(string Name, string Value)> Headers, OutgoingContent? Content)
{
    /// <summary>The limits of the secrets from which it was made.</summary>
    public IReadOnlyList<SecretLimit> Limits { get; init; } = [];

    /// <summary>Whether a redirect led to another server, so that only a part of the request is left.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>Whether it contains the value of a secret.</summary>
    public bool Has(SecretLimit secret) => !IsElsewhere || secret.IsIn(Address.AbsoluteUri) || Headers.Any(header => secret.IsIn(header.Value));
}

/// <summary>Content that is sent with a request.</summary>
sealed record OutgoingContent(byte[] Bytes, IReadOnlyList<(string Name, string Value)> Headers);

/// <summary>A response, read to its end.</summary>
sealed record ReceivedAnswer(HttpStatusCode Status, string? Reason, IReadOnlyDictionary<string, string[]> Headers, string? MediaType, string? CharSet, byte[] Content);

/// <summary>
/// Sends requests of workflows. Each connection, also that of a redirect, is made to an address that was checked, whatever the name means
/// by then; there are no cookies, no proxy and no credentials of this process.
/// </summary>
sealed class HttpSender : IDisposable
{
    static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(15), PooledFor = TimeSpan.FromMinutes(2);

    // Headers that another origin may see; the others may be credentials.
    static readonly string[] NeverSecret = ["Accept", "Accept-Encoding", "Accept-Language", "User-Agent", "traceparent", "tracestate"];

    readonly HttpOptions options;
    readonly HostAllowList allowed;
    readonly ResolveHost resolve;
    readonly TimeProvider clock;
    readonly HttpMessageInvoker client;

    public HttpSender(IOptions<HttpOptions> options, ResolveHost resolve, TimeProvider clock)
    {
        (this.options, this.resolve, this.clock) = (options.Value, resolve, clock);
        allowed = HostAllowList.Parse(options.Value.AllowedHosts);
        client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.All, ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout, PooledConnectionLifetime = PooledFor, ConnectCallback = ConnectAsync,
        });
    }

    /// <summary>Sends a request and follows redirects.</summary>
    /// <exception cref="ActivityFailedException">
    /// <c>http.host_not_allowed</c>, <c>secrets.host_not_allowed</c>, <c>http.bad_redirect</c>, <c>http.too_large</c>; none is retryable.
    /// </exception>
    /// <exception cref="HttpRequestException">No server answers.</exception>
    /// <exception cref="TimeoutException">The response did not arrive in time.</exception>
    public async Task<ReceivedAnswer> SendAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            for (var redirects = 0; ; redirects++)
            {
                var (answer, next) = await SendOnceAsync(request, either.Token);
                if (next is null) return answer!;
                if (redirects == options.MaximumRedirects) throw Refused("http.bad_redirect", $"{Shown(request.Address)} redirects once more after {redirects} redirects. Ask the last address, or raise Http:MaximumRedirects.");
                request = next;
            }
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            if (!limit.IsCancellationRequested) throw new HttpRequestException($"{Shown(request.Address)} did not take the connection within {ConnectTimeout.TotalSeconds} s.", late);
            throw new TimeoutException($"{Shown(request.Address)} did not answer completely within {options.Timeout}. Raise Http:Timeout where that is normal.", late);
        }
    }

    public void Dispose() => client.Dispose();

    async Task<(ReceivedAnswer? Answer, OutgoingRequest? Next)> SendOnceAsync(OutgoingRequest request, CancellationToken cancellationToken)
    {
        if (!allowed.MayAllow(request.Address.IdnHost, request.Address.Port)) throw NotAllowed(request.Address.IdnHost, request.Address.Port, address: null);
        if (request.Limits.FirstOrDefault(limit => !limit.Hosts.Names(request.Address.IdnHost, request.Address.Port) && request.Has(limit)) is { } secret)
            throw Refused("secrets.host_not_allowed", $"The secret '{secret.Name}' may not be sent to {request.Address.IdnHost}:{request.Address.Port}. " +
                $"An administrator says to which hosts it may be: 'orchestrator secrets set {secret.Name} --hosts'.");
        using var span = WorkflowSpans.Source.StartActivity($"HTTP {request.Method}", SpanKind.Client);
        span?.SetTag("http.request.method", request.Method.Method).SetTag("server.address", request.Address.IdnHost).SetTag("server.port", request.Address.Port)
            .SetTag("url.full", SecretMask.Current.Text(request.Address.GetLeftPart(UriPartial.Path)));
        try
        {
            using var message = MessageOf(request);
            using var answer = await client.SendAsync(message, cancellationToken);
            span?.SetTag("http.response.status_code", (int)answer.StatusCode);
            if ((int)answer.StatusCode >= 400) span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", $"{(int)answer.StatusCode}");
            if (Redirect(request, answer) is { } next) return (null, next);
            return (await ReadAsync(request, answer, cancellationToken), null);
        }
        catch (Exception error) when (error is not ActivityFailedException)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", error.GetType().FullName);
            // The handler wraps exceptions of the connection.
            for (var cause = error.InnerException; cause is not null; cause = cause.InnerException) if (cause is ActivityFailedException refused) throw refused;
            throw;
        }
    }

    static HttpRequestMessage MessageOf(OutgoingRequest request)
    {
        var message = new HttpRequestMessage(request.Method, request.Address);
        if (request.Content is { } content)
        {
            message.Content = new ByteArrayContent(content.Bytes);
            foreach (var (name, value) in content.Headers) message.Content.Headers.TryAddWithoutValidation(name, value);
        }
        foreach (var (name, value) in request.Headers) message.Headers.TryAddWithoutValidation(name, value);
        if (!message.Headers.Contains("User-Agent")) message.Headers.UserAgent.Add(new ProductInfoHeaderValue("Orchestrator", typeof(HttpSender).Assembly.GetName().Version!.ToString(3)));
        if (Span.Current is { } current && !message.Headers.Contains("traceparent"))
        {
            message.Headers.TryAddWithoutValidation("traceparent", current.Id);
            if (current.TraceStateString is { Length: > 0 } state) message.Headers.TryAddWithoutValidation("tracestate", state);
        }
        return message;
    }

    /// <summary>
    /// Returns the request that a redirect asks for, by the rules of the Fetch standard; null if the response is no redirect.
    /// </summary>
    static OutgoingRequest? Redirect(OutgoingRequest request, HttpResponseMessage answer)
    {
        if (answer.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
            || answer.Headers.Location is not { } location) return null;
        var target = location.IsAbsoluteUri ? location : new Uri(request.Address, location);
        if (AddressProblem(target) is { } problem) throw Refused("http.bad_redirect", $"{Shown(request.Address)} redirects to '{Shown(target)}': {problem}");
        if (request.Address.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
            throw Refused("http.bad_redirect", $"{Shown(request.Address)} redirects to {Shown(target)}, which is not encrypted. Ask that address itself if it is meant.");
        var next = request with { Address = target };
        if ((answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found && request.Method == HttpMethod.Post)
            || (answer.StatusCode is HttpStatusCode.SeeOther && request.Method != HttpMethod.Get && request.Method != HttpMethod.Head))
            next = next with { Method = HttpMethod.Get, Content = null };
        if (target.Scheme == request.Address.Scheme && target.Port == request.Address.Port && string.Equals(target.IdnHost, request.Address.IdnHost, StringComparison.OrdinalIgnoreCase)) return next;
        if (next.Content is not null)
            throw Refused("http.bad_redirect", $"{Shown(request.Address)} redirects the content that was sent to {Shown(target)}, another server. Send it there itself if it is meant.");
        return next with { IsElsewhere = true, Headers = [.. next.Headers.Where(header => NeverSecret.Contains(header.Name, StringComparer.OrdinalIgnoreCase))] };
    }

    /// <summary>Returns the reason if nothing may be sent to an address; null if something may.</summary>
    public static string? AddressProblem(Uri address) =>
        !address.IsAbsoluteUri || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps) ? "only absolute addresses with http or https are asked."
        : address.UserInfo.Length > 0 ? "it has a user or password in it. Give them as Authorization."
        : address.IdnHost.Length == 0 ? "it has no host."
        : null;

    async Task<ReceivedAnswer> ReadAsync(OutgoingRequest request, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        using var content = new MemoryStream();
        var buffer = new byte[81_920];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (content.Length + read > options.MaximumResponseBytes)
                throw Refused("http.too_large", $"The answer of {Shown(request.Address)} has more than {options.MaximumResponseBytes} bytes. Ask for less, or raise Http:MaximumResponseBytes.");
            await content.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        var headers = answer.Headers.Concat(answer.Content.Headers).GroupBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(header => header.Key, header => header.SelectMany(each => each.Value).ToArray(), StringComparer.OrdinalIgnoreCase);
        var type = answer.Content.Headers.ContentType;
        return new(answer.StatusCode, answer.ReasonPhrase, headers, type?.MediaType, type?.CharSet, content.ToArray());
    }

    /// <summary>Connects to an address that was checked: a name that resolves differently a moment later changes nothing.</summary>
    async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellationToken);
        var reachable = found.Where(address => allowed.Allows(host, port, address)).ToList();
        if (reachable.Count == 0) throw found.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : NotAllowed(host, port, found[0]);
        for (var i = 0; ; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(reachable[i], port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (Exception error)
            {
                socket.Dispose();
                if (error is not SocketException || i == reachable.Count - 1) throw;
            }
        }
    }

    static ActivityFailedException NotAllowed(string host, int port, IPAddress? address) => Refused("http.host_not_allowed",
        $"{host}:{port} may not be asked{(address is null ? "" : $": {address} is {(PublicAddresses.IsPublic(address) ? "not among the allowed ones" : "no public address")}")}. An administrator allows a host in Http:AllowedHosts.");

    static ActivityFailedException Refused(string code, string message) => new(code, message, isRetryable: false);

    /// <summary>Returns an address without its query, which may hold private values.</summary>
    public static string Shown(Uri address) => address.IsAbsoluteUri ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : address.OriginalString;
}
