using System.ComponentModel;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>The caller of a request.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Role">Role of the caller: viewer, operator, author or admin.</param>
/// <param name="NeedsLogin">Whether this server asks for a login.</param>
public sealed record SessionResponse(string Who, string Role, bool NeedsLogin);

/// <summary>A change that somebody asked for.</summary>
/// <param name="Id">Number of the entry, ascending.</param>
/// <param name="At">Time of the change.</param>
/// <param name="Who">The caller who asked.</param>
/// <param name="Address">Origin: address of a client, or user and machine of a command.</param>
/// <param name="Action">The action, such as <c>cancelRun</c>.</param>
/// <param name="Resource">The object of the action, such as the address of a run.</param>
/// <param name="Result"><c>done</c>, or the code of the problem.</param>
public sealed record AuditResponse(long Id, DateTimeOffset At, string Who, string Address, string Action, string Resource, string Result);

/// <summary><c>/session</c> and <c>/audit</c>.</summary>
static class AccessEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/session", Show).RequireAccess(AccessRole.Viewer)
            .WithTags("Access").WithName("showSession").WithSummary("Shows the caller and their role.");
        api.MapGet("/audit", ListAsync).RequireAccess(AccessRole.Admin)
            .WithTags("Access").WithName("listAudit").WithSummary("Lists who asked for which change, in pages, newest first.")
            .WithProblems(400, "request.bad_limit", "request.bad_cursor");
    }

    static SessionResponse Show(HttpContext context, AccessMode mode) => new(context.Caller!.Who, context.Caller!.Role.Name, mode.NeedsLogin);

    static async Task<Page<AuditResponse>> ListAsync(
        AuditLog audit, CancellationToken cancellationToken,
        [Description("Only changes by these callers, such as 'person ada'.")] string? who = null,
        [Description("Items of a page, up to 500. Default 50.")] int? limit = null,
        [Description("'next' of the previous page.")] string? cursor = null)
    {
        var most = PageCursor.Limit(limit);
        var found = await audit.ListAsync(PageCursor.ReadNumber(cursor), who, most + 1, cancellationToken);
        return PageCursor.Page<AuditRecord, AuditResponse>(found, most,
            static entry => new(entry.Id, entry.At, entry.Who, entry.Address, entry.Action, entry.Resource, entry.Result), static entry => [entry.Id]);
    }
}
