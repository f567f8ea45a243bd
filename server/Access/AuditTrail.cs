using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>Writes every change that somebody asks for to the log of changes, before the answer is sent.</summary>
/// <remarks>It comes after authentication and before authorization, so that what is refused is there too.</remarks>
sealed partial class AuditTrail(RequestDelegate next, ILogger<AuditTrail> log)
{
    const string Done = "done";

    /// <summary>Lets a request pass.</summary>
    public Task InvokeAsync(HttpContext context, AuditLog audit)
    {
        // Without a caller nothing is changed; attempts to log in have entries of their own.
        if (IsRead(context.Request.Method) || context.Caller is not { } caller || context.GetEndpoint() is not RouteEndpoint endpoint
            || endpoint.Metadata.GetMetadata<RequiredAccess>() is { Role: null } || endpoint.Metadata.GetMetadata<OnlyReads>() is not null) return next(context);
        var isWritten = false;
        context.Response.OnStarting(() => WriteAsync(ResultOf(context)));
        // A client that went away gets no answer, but what it asked for may be done.
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
#pragma warning disable CA1031 // The change is done; that its entry is missing must be seen, but does not undo it.
            catch (Exception error)
#pragma warning restore CA1031
            {
                NotWritten(error, entry.Who, entry.Address, entry.Action, entry.Resource, entry.Result);
            }
        }
    }

    /// <summary>Whether a method changes nothing.</summary>
    public static bool IsRead(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);

    /// <summary>What an endpoint does, such as <c>cancelRun</c>.</summary>
    public static string NameOf(Endpoint? endpoint, HttpRequest request) =>
        endpoint?.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName ?? $"{request.Method} {(endpoint as RouteEndpoint)?.RoutePattern.RawText ?? request.Path.ToString()}";

    // A query may hold what is nobody's business. What was made has an address of its own.
    static string ResourceOf(HttpContext context) => context.Response.Headers.Location is [{ } made] && context.Response.StatusCode < 300
        ? made.Split('?')[0]
        : context.Request.Path.ToString();

    static string ResultOf(HttpContext context) => context.Response.StatusCode < StatusCodes.Status400BadRequest
        ? Done
        : context.Features.Get<ApiException>()?.Code ?? $"{context.Response.StatusCode}";

    [LoggerMessage(4080, LogLevel.Error, "The log of changes could not be written: {Who} from {Address}, {Action} of {Resource}, {Result}.")]
    partial void NotWritten(Exception error, string who, string address, string action, string resource, string result);
}
