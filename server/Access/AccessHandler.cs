using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Access;

/// <summary>Tells ASP.NET who sends a request.</summary>
sealed class AccessHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Callers callers)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Its name in ASP.NET.</summary>
    public new const string Scheme = "Orchestrator";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() => await callers.FindAsync(Context, isUse: true) switch
    {
        ({ } caller, _) => AuthenticateResult.Success(new(caller.ToPrincipal(), Scheme)),
        (null, true) => AuthenticateResult.Fail(AccessCodes.TokenRefused),
        (null, false) => AuthenticateResult.NoResult(),
    };
}

/// <summary>The token in the data folder of this server: whoever can read it is the server's own user.</summary>
/// <param name="Value">New with each start.</param>
sealed record DataFolderToken(string Value)
{
    /// <summary>Whether a text is it; how long the answer takes tells nothing.</summary>
    public bool Is(string text) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(Value));
}
