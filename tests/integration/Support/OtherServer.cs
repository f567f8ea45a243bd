using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A real server on loopback that a workflow asks: its answers are as good or bad as the path says.</summary>
sealed class OtherServer : IAsyncDisposable
{
    readonly WebApplication app;

    OtherServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.First());

    public int Port => Address.Port;

    /// <summary>Every request, in order: method, path, headers, body.</summary>
    public ConcurrentQueue<(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body)> Requests { get; } = new();

    /// <summary>How often <c>/flaky</c> is answered with 503.</summary>
    public int Failures;

    public static async Task<OtherServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        var server = new OtherServer(web);
        web.MapFallback(server.AnswerAsync);
        await web.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public Uri At(string path) => new(Address, path);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    async Task AnswerAsync(HttpContext context)
    {
        var (request, response, query) = (context.Request, context.Response, context.Request.Query);
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        Requests.Enqueue((request.Method, request.GetEncodedPathAndQuery(), request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync(context.RequestAborted)));
        switch (request.Path.Value)
        {
            case "/redirect":
                response.StatusCode = int.Parse(query["status"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
                response.Headers.Location = query["to"].ToString();
                response.Headers.SetCookie = "session=1";
                break;
            case "/loop": response.Redirect("/loop"); break;
            case "/status": response.StatusCode = int.Parse(query["code"].ToString(), System.Globalization.CultureInfo.InvariantCulture); break;
            case "/flaky" when Interlocked.Decrement(ref Failures) >= 0: response.StatusCode = 503; break;
            case "/text":
                response.ContentType = query["type"].ToString();
                await response.Body.WriteAsync(Convert.FromBase64String(query["content"].ToString()), context.RequestAborted);
                break;
            case "/echo":
                response.ContentType = "application/json";
                await response.WriteAsJsonAsync(new { authorization = request.Headers.Authorization.ToString(), body = Requests.Last().Body, type = request.ContentType }, context.RequestAborted);
                break;
            case "/huge":
                for (var i = 0; i < 100_000; i++) await response.Body.WriteAsync(new byte[10_000], context.RequestAborted);
                break;
            case "/bomb":
                response.Headers.ContentEncoding = "gzip";
                await using (var zip = new GZipStream(response.Body, CompressionLevel.Optimal)) for (var i = 0; i < 1_000; i++) await zip.WriteAsync(new byte[10_000], context.RequestAborted);
                break;
            case "/slow":
                await response.Body.WriteAsync("x"u8.ToArray(), context.RequestAborted);
                await response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
                break;
            default: await response.WriteAsJsonAsync(new { rows = 3, names = (string[])["a", "b"] }, context.RequestAborted); break;
        }
    }
}
