using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>Middleware that writes every requested change to the log of changes before the answer is sent.</summary>
/// <remarks>Runs after authentication and before authorization, so that refused requests are logged too.</remarks>
sealed partial class AuditTrail(RequestDelegate next, ILogger<AuditTrail> log)
{
    const string Done = "done";

    /// <summary>Passes a request on and writes its audit entry.</summary>
    public Task InvokeAsync(HttpContext context, AuditLog audit)
    {
        // Without a caller nothing is changed; attempts to log in have entries of their own.
        if (IsRead(context.Request.Method) || context.Caller is not { } caller || context.GetEndpoint() is not RouteEndpoint endpoint
            || endpoint.Metadata.GetMetadata<RequiredAccess>() is { Role: null } || endpoint.Metadata.GetMetadata<OnlyReads>() is not null) return next(context);
        var isWritten = false;
        context.Response.OnStarting(() => WriteAsync(ResultOf(context)));
        // A client that disconnected gets no answer, but its request may still be carried out.
        context.Response.OnCompleted(() => WriteAsync("interrupted"));
        return next(context);

        async Task WriteAsync(string result)
        {
            if (isWritten) return;
            isWritten = true;
            if (result == Done && endpoint.Metadata.GetMetadata<OwnAudit>() is not null) return;
            var entry = new AuditEntry(caller.Who, context.ClientAddress, NameOf(endpoint, context.Request), ResourceOf(context), result);
            try
            {
                await audit.AddAsync(entry, CancellationToken.None);
            }
#pragma warning disable CA1031 // The change is done: a missing entry is logged but does not undo it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                NotWritten(error, entry.Who, entry.Address, entry.Action, entry.Resource, entry.Result);
            }
        }
    }

    /// <summary>Whether a method changes nothing.</summary>
    public static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    /// <summary>Returns the name of an endpoint's action, such as <c>cancelRun</c>.</summary>
    public static string NameOf(Endpoint? endpoint, HttpRequest request) =>
        endpoint?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? $"{request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText ?? request.Path.ToString()}";

    // Queries may hold private values. A created resource has its own address.
    static string ResourceOf(HttpContext context) => context.Response.Headers.Location is [{ } made] && context.Response.StatusCode < 300
        ? made.Split('?')[0]
        : context.Request.Path.ToString();

    static string ResultOf(HttpContext context) => context.Response.StatusCode < StatusCodes.Status400BadRequest
        ? Done
        : context.Features.Get<ApiException>()?.Code ?? $"{context.Response.StatusCode}";

    [LoggerMessage(4080, LogLevel.Error, "The log of changes could not be written: {Who} from {Address}, {Action} of {Resource}, {Result}.")]
    partial void NotWritten(Exception error, string who, string address, string action, string resource, string result);
}
