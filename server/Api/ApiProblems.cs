using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Reruns;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Times;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Api;

/// <summary>Translation of exceptions into answers; the only place that does it.</summary>
static partial class ApiProblems
{
    /// <summary><c>Retry-After</c> while the platform or something that it needs is unavailable.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    /// <summary>Answers with a problem if the rest of the pipeline throws or sets a bare status.</summary>
    public static void UseApiProblems(this WebApplication app, ILogger log) => app.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client disconnected: nobody reads an answer.
            return;
        }
#pragma warning disable CA1031 // The border of HTTP: every failure becomes an answer.
        catch (Exception error)
#pragma warning restore CA1031
        {
            var problem = Of(error);
            if (problem.Status >= StatusCodes.Status500InternalServerError) RequestFailed(log, error, context.Request.Method, context.Request.Path, problem.Code);
            if (context.Response.HasStarted) context.Abort();
            else await WriteAsync(context, problem);
            return;
        }
        if (context.Response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest, ContentLength: null, ContentType: null }
            && FormatOf(context) is not { LeavesStatusesBare: true })
            await WriteAsync(context, OfStatus(context));
    });

    /// <summary>Code of an unknown address.</summary>
    public const string UnknownPath = "request.unknown_path";

    /// <summary>Returns the trace id of a request, which the log has too.</summary>
    public static string TraceOf(HttpContext context) => Span.Current?.TraceId.ToString() ?? context.TraceIdentifier;

    /// <summary>Writes a problem.</summary>
    public static async Task WriteAsync(HttpContext context, ApiException problem)
    {
        var response = context.Response;
        var allowed = response.Headers.Allow;
        response.Clear();
        response.StatusCode = problem.Status;
        // RFC 9110, 15.5.6: the answer to a wrong method lists the allowed ones.
        if (problem.Status == StatusCodes.Status405MethodNotAllowed) response.Headers.Allow = allowed;
        context.Features.Set(problem);
        if (problem.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (problem.RetryAfter is { } wait)
            response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (FormatOf(context) is { } format)
        {
            await format.WriteAsync(context, problem);
            return;
        }
        var body = new ApiProblem($"urn:orchestrator:error:{problem.Code}", ReasonPhrases.GetReasonPhrase(problem.Status), problem.Status, problem.Message, problem.Code,
            TraceOf(context))
        { Details = new(problem.Details, StringComparer.Ordinal) };
        await response.WriteAsJsonAsync(body, ApiJson.Answers, ApiProblem.MediaType, CancellationToken.None);
    }

    static IProblemFormat? FormatOf(HttpContext context) =>
        context.RequestServices.GetServices<IProblemFormat>().FirstOrDefault(format => format.IsFor(context));

    /// <summary>ASP.NET's words for what a client sends, in those of a client.</summary>
    static string Reason(string message) =>
        Unfit().Match(message) is { Success: true } unfit
        ? $"'{unfit.Groups["value"].Value}' is no value of '{unfit.Groups["name"].Value}', "
            + $"which is {InWords(unfit.Groups["type"].Value)}."
        : message.Contains("body", StringComparison.OrdinalIgnoreCase) && message.Contains("inferred", StringComparison.OrdinalIgnoreCase)
        ? "It has no body. Send one as JSON."
        : message;

    static string InWords(string type) => type switch
    {
        "Guid" => "an id such as 0199a3f2-5c1e-7d40-8a6b-3f2e1d0c9b8a",
        "int" or "long" or "Int32" or "Int64" => "a whole number",
        "bool" or "Boolean" => "true or false",
        "DateTimeOffset" => "a moment such as 2026-10-31T12:00:00Z",
        _ => $"of type {type}",
    };

    [GeneratedRegex("^Failed to bind parameter \"(Nullable<)?(?<type>\\w+)>? (?<name>\\w+)\" from \"(?<value>.*)\"\\.?$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex Unfit();

    static ApiException Of(Exception error) => error switch
    {
        ApiException problem => problem,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLarge(),
        BadHttpRequestException { InnerException: System.Text.Json.JsonException json } => new(400, "request.malformed",
            $"The request's body cannot be read: {json.Message} /openapi/v1.json says what is expected."),
        BadHttpRequestException bad => new(bad.StatusCode, "request.malformed",
            $"The request cannot be read: {Reason(bad.Message)} /openapi/v1.json says what is expected."),
        RunAlreadyActiveException active => new(409, RunAlreadyActiveException.Code, active.Message) { Details = Details("activeRun", active.ActiveRun) },
        PlanChangedException changed => new(409, PlanChangedException.Code, changed.Message) { Details = Details("changes", changed.Changes) },
        RerunRefusedException refused => RerunEndpoints.Problem(refused),
        InvalidInputsException inputs => new(422, InvalidInputsException.Code, inputs.Message),
        PartitionOutOfRangeException outside => new(422, PartitionOutOfRangeException.Code, outside.Message),
        UsageException usage => new(400, "request.bad_value", usage.Message),
        SchedulingException refused => new(StatusOf(refused.Fault), refused.Code, refused.Message),
        InvalidDefinitionException invalid => new(422, "definition.invalid", invalid.Message) { Details = Details("problems", invalid.Problems) },
        PlatformException { Code: "access.unknown_user" or "access.unknown_token" } unknown => new(404, unknown.Code, unknown.Message),
        PlatformException { Code: "access.user_exists" or "access.token_exists" or AccessCodes.LastAdmin } taken => new(409, taken.Code,
            taken.Message),
        PlatformException platform => new(503, platform.Code, platform.Message) { RetryAfter = RetryDelay },
        ActivityFailedException failed => new(503, failed.Code, failed.Message) { RetryAfter = RetryDelay },
        PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter } => new(400, "request.bad_value",
            "A text of the request has a character that cannot be kept, such as U+0000. Leave it out."),
        PostgresException { SqlState: PostgresErrorCodes.ProgramLimitExceeded or PostgresErrorCodes.NumericValueOutOfRange } => new(400,
            "request.bad_value",
            "A text of the request is too long to be looked up, or a number too large to be kept. Send shorter ones."),
        NpgsqlException unavailable when StoreOutages.IsOutage(unavailable) => new(
            503, "store.unavailable", $"PostgreSQL is unavailable: {unavailable.Message} Ask again later.")
        { RetryAfter = RetryDelay },
        OperationCanceledException => new(503, "request.timed_out",
            "The request took longer than Api:RequestTimeout, so it was given up. Ask again later, or for less.")
        { RetryAfter = RetryDelay },
        _ => new(500, "server.unexpected", "The server failed in a way that nobody expected, which is a mistake in the program. Its log has the details under this trace id."),
    };

    /// <summary>Creates further members of a problem.</summary>
    public static Dictionary<string, object?> Details(string name, object? value) => new(StringComparer.Ordinal) { [name] = value };

    static ApiException TooLarge() => new(413, "request.too_large", "The request's body is too large. Send less, or have Api:LargestRequestBytes raised.");

    static int StatusOf(SchedulingFault fault) => fault switch
    {
        SchedulingFault.Unknown => StatusCodes.Status404NotFound,
        SchedulingFault.Conflict => StatusCodes.Status409Conflict,
        SchedulingFault.Changed => StatusCodes.Status412PreconditionFailed,
        SchedulingFault.Unfit => StatusCodes.Status422UnprocessableEntity,
        SchedulingFault.Invalid or _ => StatusCodes.Status400BadRequest,
    };

    static ApiException OfStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new(404, UnknownPath, $"There is nothing at '{context.Request.Path}'. /openapi/v1.json lists what there is."),
        StatusCodes.Status405MethodNotAllowed => new(405, "request.wrong_method", $"'{context.Request.Path}' does not take {context.Request.Method}. /openapi/v1.json says what it takes."),
        StatusCodes.Status413PayloadTooLarge => TooLarge(),
        StatusCodes.Status415UnsupportedMediaType => new(415, "request.not_json", "The request's body is not JSON. Send it with the header 'Content-Type: application/json'."),
        var status => new(status, "request.refused", $"The request was refused: {ReasonPhrases.GetReasonPhrase(status)}."),
    };

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Path} failed with {Code}.")]
    static partial void RequestFailed(ILogger log, Exception error, string method, string path, string code);
}
