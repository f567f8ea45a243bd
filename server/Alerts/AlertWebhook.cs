using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Alerts;

/// <summary>Client of the webhook that receives alerts.</summary>
sealed class AlertWebhook(IOptions<AlertOptions> options, TimeProvider time) : IDisposable
{
    // No redirects: another address is not the configured receiver.
    readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(2) })
    {
        Timeout = options.Value.Timeout,
    };

    /// <summary>Posts one message.</summary>
    /// <returns>Why the receiver did not accept the message; <see langword="null"/> if it did.</returns>
    public async Task<string?> PostAsync(AlertMessage message, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, JsonSerializerOptions.Web);
        var at = time.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, options.Value.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", message.Id.ToString());
        request.Headers.Add("webhook-timestamp", at.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", AlertSignature.Of(AlertSignature.KeyOf(options.Value.Secret)!, message.Id, at, body));
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"The receiver answered {(int)answer.StatusCode} {answer.ReasonPhrase}.");
        }
        catch (HttpRequestException error)
        {
            return $"The receiver could not be reached: {error.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"The receiver did not answer within {options.Value.Timeout}.";
        }
    }

    public void Dispose() => client.Dispose();
}
