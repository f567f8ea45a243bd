using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Client;

/// <summary>Client of a server's API. Paths are relative to <c>/api/v1/</c>, such as <c>runs?limit=20</c>.</summary>
sealed class ApiClient : IAsyncDisposable
{
    readonly HttpClient http;
    readonly IAsyncDisposable? owned;

    ApiClient(HttpClient http, Uri address, IAsyncDisposable? owned) => (this.http, Address, this.owned) = (http, address, owned);

    /// <summary>Whether the server is a separate process, which outlives this one.</summary>
    public bool IsRemote => owned is null;

    /// <summary>Address of the server.</summary>
    public Uri Address { get; }

    /// <summary>Creates a client that connects over the network.</summary>
    /// <param name="token">API token; <see langword="null"/> for none.</param>
    public static ApiClient At(Uri server, string? token)
    {
        var client = new HttpClient { BaseAddress = new(server, $"{ApiRoutes.Root}/"), Timeout = Timeout.InfiniteTimeSpan };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new(client, client.BaseAddress, owned: null);
    }

    /// <summary>Creates a client that connects through the Unix socket of a server on this machine, as the user of this process.</summary>
    /// <param name="address">Public address of the server, for messages.</param>
    /// <param name="owned">The server in this process, disposed with the client; <see langword="null"/> if it is a separate
    /// process.</param>
    public static ApiClient Through(string socket, Uri address, IAsyncDisposable? owned)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                return new NetworkStream(connection, ownsSocket: true);
            },
        };
        return new(new(handler) { BaseAddress = new($"http://localhost{ApiRoutes.Root}/"), Timeout = Timeout.InfiniteTimeSpan }, address,
            owned);
    }

    /// <summary>Whether the server answers within a given time.</summary>
    public async Task<bool> IsAliveAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var answer = await http.GetAsync(new Uri("/healthz", UriKind.Relative), either.Token);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException || (error is OperationCanceledException && timeout.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Reads the JSON of a path.</summary>
    /// <exception cref="ApiProblemException">The server answers with a problem.</exception>
    /// <exception cref="PlatformException"><c>server.unreachable</c>.</exception>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => SendAsync<T>(HttpMethod.Get, path, body: null, [], cancellationToken);

    /// <summary>Reads all pages of a list.</summary>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public Task<IReadOnlyList<T>> ListAsync<T>(string path, CancellationToken cancellationToken) => ListAsync<T>(path, filter: "", int.MaxValue, cancellationToken);

    /// <summary>Reads a paged list.</summary>
    /// <param name="filter">A query such as <c>partition=2026-10</c>; empty for none.</param>
    /// <param name="most">Maximum number of items.</param>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path, string filter, int most, CancellationToken cancellationToken)
    {
        var (items, cursor) = (new List<T>(), (string?)null);
        do
        {
            var limit = Math.Clamp(most - items.Count, 1, PageCursor.LargestLimit);
            var place = cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";
            var query = string.Create(CultureInfo.InvariantCulture, $"limit={limit}{(filter.Length == 0 ? "" : $"&{filter}")}{place}");
            var page = await GetAsync<Page<T>>($"{path}?{query}", cancellationToken);
            items.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null && items.Count < most);
        return items;
    }

    /// <summary>Sends a POST request and reads the answer.</summary>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Post, path, body, [], cancellationToken);

    /// <summary>Sends a DELETE request.</summary>
    /// <param name="headers">Such as <c>If-Match</c>.</param>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public async Task DeleteAsync(string path, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken) =>
        (await SendAsync(HttpMethod.Delete, path, body: null, HttpCompletionOption.ResponseContentRead, headers, cancellationToken)).Dispose();

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="body">Sent as JSON; <see langword="null"/> for none.</param>
    /// <param name="headers">Such as <c>If-Match</c>.</param>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public async Task<T> SendAsync<T>(
        HttpMethod method, string path, object? body, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, body, HttpCompletionOption.ResponseContentRead, headers, cancellationToken);
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(ApiJson.Answers, cancellationToken)
                ?? throw new PlatformException("server.bad_answer",
                    $"The server's answer to {method} {path} is empty. Use the same version here and there.");
        }
        // No JSON, JSON of something else, or text in an encoding that nobody knows.
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new PlatformException("server.bad_answer", NotOurs($"its answer to {method} {path} is none of its API"), error);
        }
    }

    /// <summary>Opens a stream of events; returns once the headers have arrived.</summary>
    /// <inheritdoc cref="GetAsync" path="exception"/>
    public Task<HttpResponseMessage> OpenAsync(string path, IReadOnlyList<(string Name, string Value)> headers, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, path, body: null, HttpCompletionOption.ResponseHeadersRead, headers, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (owned is not null) await owned.DisposeAsync();
    }

    async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, object? body, HttpCompletionOption completion, IReadOnlyList<(string Name, string Value)> headers,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, ApiJson.Answers);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage answer;
        try
        {
            answer = await http.SendAsync(request, completion, cancellationToken);
        }
        catch (HttpRequestException error)
        {
            throw new PlatformException("server.unreachable",
                $"No server answers at {Address.GetLeftPart(UriPartial.Authority)}: {(error.InnerException ?? error).Message.TrimEnd('.')}. Start it with 'orchestrator serve', or leave --server out.", error);
        }
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw answer.StatusCode is HttpStatusCode.Unauthorized ? NotLetIn() : await ReadProblemAsync(answer, cancellationToken);
    }

    PlatformException NotLetIn()
    {
        var server = Address.GetLeftPart(UriPartial.Authority);
        return http.DefaultRequestHeaders.Authorization is null
            ? new(AccessCodes.NotLoggedIn, $"The server at {server} asks for a login. Give an API token in {PlatformOptions.TokenVariable} or with --token-file; "
                + "'orchestrator tokens create' makes one where the server runs.")
            : new(AccessCodes.TokenRefused, $"The server at {server} refused the API token: it is none of this server's, has expired or was revoked. "
                + "'orchestrator tokens create' makes another one where the server runs.");
    }

    string NotOurs(string why) =>
        $"No Orchestrator answers at {Address.GetLeftPart(UriPartial.Authority)}, or one of another version: {why}. "
        + "Give the address of one with --server, or leave it out.";

    async Task<ApiProblemException> ReadProblemAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            if (await answer.Content.ReadFromJsonAsync<ApiProblem>(ApiJson.Answers, cancellationToken) is { Code: not null } problem) return new(problem);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            // Another program answered.
        }
        return new(new("about:blank", "", (int)answer.StatusCode,
            NotOurs($"{answer.RequestMessage?.RequestUri} was answered with {(int)answer.StatusCode}"), "server.bad_answer",
                TraceId: null));
    }
}

/// <summary>Error for an answer that is a problem.</summary>
sealed class ApiProblemException(ApiProblem problem) : Exception(problem.Detail)
{
    /// <summary>The server's problem.</summary>
    public ApiProblem Problem => problem;

    /// <summary>Whether the request itself is wrong.</summary>
    public bool IsOfRequest => problem.Status is 400 or 409 or 412 or 422 or 428;
}
