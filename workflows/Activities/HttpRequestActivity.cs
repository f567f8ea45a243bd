using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Activities;

/// <summary>Sends an HTTP request and returns the response. The two kinds of it decide what follows.</summary>
abstract class HttpRequestActivity : CodeActivity
{
    /// <summary>No server accepted the request.</summary>
    public const string FailedToConnect = "Failed to connect";

    /// <summary>The response did not arrive in time.</summary>
    public const string TimedOut = "Timeout";

    /// <summary>The response has a status that is not expected.</summary>
    public const string Unmatched = "Unmatched status code";

    static readonly HttpStatusCode[] MayPass =
        [HttpStatusCode.RequestTimeout, HttpStatusCode.TooManyRequests, HttpStatusCode.InternalServerError, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout];

    public Input<string> Url { get; set; } = default!;

    public Input<string> Method { get; set; } = default!;

    public Input<JsonElement> Content { get; set; } = default!;

    public Input<string> ContentType { get; set; } = default!;

    public Input<string> Authorization { get; set; } = default!;

    public Input<bool> DisableAuthorizationHeaderValidation { get; set; } = default!;

    public Input<JsonElement> RequestHeaders { get; set; } = default!;

    public Output<int> StatusCode { get; set; } = default!;

    public Output<JsonElement> ParsedContent { get; set; } = default!;

    public Output<IReadOnlyDictionary<string, string[]>> ResponseHeaders { get; set; } = default!;

    public Output<JsonElement> Result { get; set; } = default!;

    /// <summary>The statuses that the definition expects.</summary>
    protected abstract IReadOnlyList<int> ExpectedStatuses(ActivityExecutionContext context);

    /// <summary>Returns the outcomes of a response.</summary>
    /// <param name="status">Status of the response.</param>
    /// <param name="expected">The statuses that the definition expects.</param>
    protected abstract string[] OutcomesOf(int status, IReadOnlyList<int> expected);

    /// <summary>The outcomes if there is no answer.</summary>
    protected virtual string[] OutcomesOf(string outcome) => [outcome];

    protected sealed override async ValueTask ExecuteAsync(ActivityExecutionContext context)
    {
        var request = RequestOf(context);
        var expected = ExpectedStatuses(context);
        ReceivedAnswer answer;
        try
        {
            answer = await context.GetRequiredService<HttpSender>().SendAsync(request, context.CancellationToken);
        }
        catch (HttpRequestException error)
        {
            await FailAsync(context, FailedToConnect, "http.connection_failed", $"{request.Method} {HttpSender.Shown(request.Address)} failed: {error.GetBaseException().Message.TrimEnd('.')}.", error);
            return;
        }
        catch (IOException error)
        {
            await FailAsync(context, FailedToConnect, "http.connection_failed", $"The answer to {request.Method} {HttpSender.Shown(request.Address)} broke off: {error.Message.TrimEnd('.')}.", error);
            return;
        }
        catch (TimeoutException error)
        {
            await FailAsync(context, TimedOut, "http.timed_out", error.Message, error);
            return;
        }
        var status = (int)answer.Status;
        if (MayPass.Contains(answer.Status) && !expected.Contains(status) && context.Attempt.MayBeRetried)
        {
            throw new ActivityFailedException("http.status",
                $"{request.Method} {HttpSender.Shown(request.Address)} was answered with {status} {answer.Reason}, which may pass.", isRetryable: true);
        }
        context.Set(StatusCode, status);
        context.Set(ParsedContent, HttpContents.Read(answer));
        context.Set(ResponseHeaders, answer.Headers);
        context.Set(Result, JsonSerializer.SerializeToElement(new { StatusCode = status, ReasonPhrase = answer.Reason, answer.Headers }));
        await context.CompleteActivityWithOutcomesAsync(OutcomesOf(status, expected));
    }

    /// <summary>
    /// Tries again if the policy allows it; then completes with the outcome if the definition connects something to it, and fails
    /// otherwise.
    /// </summary>
    ValueTask FailAsync(ActivityExecutionContext context, string outcome, string code, string message, Exception cause) =>
        !context.Attempt.MayBeRetried && context.Attempt.HasWayFor(outcome)
            ? context.CompleteActivityWithOutcomesAsync(OutcomesOf(outcome))
            : throw new ActivityFailedException(code, message, isRetryable: true, cause);

    OutgoingRequest RequestOf(ActivityExecutionContext context)
    {
        var id = context.Attempt.ActivityId;
        if (context.Get(Url) is not { } text || string.IsNullOrWhiteSpace(text))
            throw Bad("http.bad_url", $"'{id}' has no address to ask. Give its input 'Url' one, such as https://example.org/orders.");
        if (!Uri.TryCreate(text.Trim(), UriKind.Absolute, out var address)) throw Bad("http.bad_url", $"'{JsonCursor.Shorten(text)}' is no address. Give one such as https://example.org/orders.");
        if (HttpSender.AddressProblem(address) is { } problem) throw Bad("http.bad_url", $"{HttpSender.Shown(address)} is not asked: {problem}");
        var method = context.Get(Method) is { Length: > 0 } given ? given.Trim().ToUpperInvariant() : "GET";
        if (!method.All(char.IsAsciiLetterUpper) || method is "CONNECT" or "TRACE") throw Bad("http.bad_method", $"'{JsonCursor.Shorten(method)}' is no method of a request here. Give one such as GET or POST.");
        var headers = HttpContents.Headers(context.Get(RequestHeaders));
        var ofContent = headers.FindAll(header => header.Name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase));
        var contentType = context.Get(ContentType) is { Length: > 0 } type ? type : ofContent.Find(header => header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value;
        var content = HttpContents.Write(context.Get(Content), contentType is null ? null : HttpContents.Checked("Content-Type", contentType).Value,
            ofContent.Where(header => !header.Name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)));
        headers.RemoveAll(ofContent.Contains);
        if (context.Get(Authorization) is { Length: > 0 } authorization) headers.Add(AuthorizationOf(authorization, context.Get(DisableAuthorizationHeaderValidation)));
        return new(address, new HttpMethod(method), headers, content) { Limits = context.Attempt.SecretLimits };
    }

    static (string Name, string Value) AuthorizationOf(string value, bool isUnchecked) => isUnchecked || AuthenticationHeaderValue.TryParse(value, out _)
        ? HttpContents.Checked("Authorization", value)
        : throw Bad("http.bad_header", "The value of Authorization is none that the standard knows. Give a scheme and a value, such as Bearer and a token, or switch its validation off.");

    static ActivityFailedException Bad(string code, string message) => new(code, message, isRetryable: false);
}

/// <summary>In a flowchart: an outcome for each expected status.</summary>
sealed class FlowSendHttpRequest : HttpRequestActivity
{
    public Input<int[]> ExpectedStatusCodes { get; set; } = default!;

    protected override IReadOnlyList<int> ExpectedStatuses(ActivityExecutionContext context) => context.Get(ExpectedStatusCodes) ?? [];

    // As in stock Elsa: Done comes with the others.
    protected override string[] OutcomesOf(int status, IReadOnlyList<int> expected) =>
        expected.Count == 0 ? ["Done"] : [expected.Contains(status) ? ValueConversion.ToJson(status).GetRawText() : Unmatched, "Done"];
}

/// <summary>An inner activity for each expected status.</summary>
sealed class SendHttpRequest : HttpRequestActivity
{
    public Input<JsonElement> ExpectedStatusCodes { get; set; } = default!;

    protected override IReadOnlyList<int> ExpectedStatuses(ActivityExecutionContext context) =>
        context.Get(ExpectedStatusCodes) is { ValueKind: JsonValueKind.Array } codes ? [.. codes.EnumerateArray().Select(code => code.GetInt32())] : [];

    // The first selects the inner activity that follows, the other the outcome after it.
    protected override string[] OutcomesOf(int status, IReadOnlyList<int> expected) => [expected.Contains(status) ? ValueConversion.ToJson(status).GetRawText() : Unmatched, "Done"];

    protected override string[] OutcomesOf(string outcome) => [outcome, "Done"];
}
