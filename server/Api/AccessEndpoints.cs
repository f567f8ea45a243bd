using System.ComponentModel;
using Orchestrator.Server.Access;

namespace Orchestrator.Server.Api;

/// <summary>Who asks.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Role">What they may do: viewer, operator, author or admin.</param>
/// <param name="NeedsLogin">Whether this server asks for a login.</param>
public sealed record SessionResponse(string Who, string Role, bool NeedsLogin);

/// <summary>A change that somebody asked for.</summary>
/// <param name="Id">Ascending.</param>
/// <param name="At">When.</param>
/// <param name="Who">Who asked.</param>
/// <param name="Address">Where from.</param>
/// <param name="Action">What, such as <c>cancelRun</c>.</param>
/// <param name="Resource">Of what, such as the address of a run.</param>
/// <param name="Result"><c>done</c>, or the code of the problem.</param>
public sealed record AuditResponse(long Id, DateTimeOffset At, string Who, string Address, string Action, string Resource, string Result);

/// <summary><c>/session</c> and <c>/audit</c>.</summary>
static class AccessEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/session", Show).RequireAccess(AccessRole.Viewer)
            .WithTags("Access").WithName("showSession").WithSummary("Who asks, and what they may do.");
        api.MapGet("/audit", ListAsync).RequireAccess(AccessRole.Admin)
            .WithTags("Access").WithName("listAudit").WithSummary("Lists who asked for which change, a page at a time, the last one first.")
            .WithProblems(400, "request.bad_limit", "request.bad_cursor");
    }

    static SessionResponse Show(HttpContext context, AccessMode mode) => new(context.Caller!.Who, context.Caller!.Role.Name, mode.NeedsLogin);

    static async Task<Page<AuditResponse>> ListAsync(
        AuditLog audit, CancellationToken cancellationToken,
        [Description("Only what these asked for, such as 'person ada'.")] string? who = null,
        [Description("How many; 50 where it is not given, up to 500.")] int? limit = null,
        [Description("'next' of the page before.")] string? cursor = null)
    {
        var most = PageCursor.Limit(limit);
        var found = await audit.ListAsync(PageCursor.ReadNumber(cursor), who, most + 1, cancellationToken);
        return PageCursor.Page<AuditRecord, AuditResponse>(found, most,
            static entry => new(entry.Id, entry.At, entry.Who, entry.Address, entry.Action, entry.Resource, entry.Result), static entry => [entry.Id]);
    }
}
