using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Access;

/// <summary>Authenticates requests for ASP.NET: finds the caller of each.</summary>
sealed class AccessHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Callers callers,
        TokenRefusals refusals)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the authentication scheme.</summary>
    public new const string Scheme = "Orchestrator";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (caller, isRefused) = await callers.FindAsync(Context, isUse: true);
        if (caller is not null) return AuthenticateResult.Success(new(caller.ToPrincipal(), Scheme));
        if (!isRefused) return AuthenticateResult.NoResult();
        await refusals.NoteAsync(Context);
        return AuthenticateResult.Fail(AccessCodes.TokenRefused);
    }
}
