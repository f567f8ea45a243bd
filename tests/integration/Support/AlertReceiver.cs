using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A real receiver of alerts on a free port, which checks signatures as its own code would.</summary>
sealed class AlertReceiver : IAsyncDisposable
{
    public const string Secret = "the key of the receiver";

    readonly WebApplication app;
    readonly SemaphoreSlim came = new(0);
    int left;

    AlertReceiver(WebApplication app, int refused) => (this.app, left) = (app, refused);

    public Uri Address => new(new Uri(app.Urls.First()), "/hook");

    /// <summary>Every request, in order: its dedup id, its body, and what it was answered.</summary>
    public ConcurrentQueue<(Guid Id, JsonElement Body, int Answer)> Requests { get; } = new();

    /// <param name="refused">So many requests are answered with 503.</param>
    public static async Task<AlertReceiver> StartAsync(int refused = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        var receiver = new AlertReceiver(web, refused);
        web.MapPost("/hook", receiver.TakeAsync);
        await web.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Waits until so many were taken.</summary>
    public async Task<IReadOnlyList<JsonElement>> TakenAsync(int count)
    {
        for (var i = 0; i < count; i++) Assert.True(await came.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken), "Nothing came in 30 s.");
        return [.. Requests.Where(request => request.Answer == 200).Select(request => request.Body)];
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var (id, at) = (context.Request.Headers["webhook-id"].ToString(), context.Request.Headers["webhook-timestamp"].ToString());
        var expected = $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{id}.{at}.{body}")))}";
        var answer = context.Request.Headers["webhook-signature"] != expected ? 401 : Interlocked.Decrement(ref left) >= 0 ? 503 : 200;
        Requests.Enqueue((Guid.Parse(id), JsonElement.Parse(body), answer));
        context.Response.StatusCode = answer;
        if (answer == 200) came.Release();
    }
}
