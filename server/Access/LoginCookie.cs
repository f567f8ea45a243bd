namespace Orchestrator.Server.Access;

/// <summary>The cookie that holds the secret of a login.</summary>
static class LoginCookie
{
    // The prefix makes browsers refuse one that another host or plain http has set.
    const string Name = "orchestrator_login", SecureName = $"__Host-{Name}";

    /// <summary>Reads the secret of a login from its cookie; <see langword="null"/> if there is none.</summary>
    public static string? Read(HttpContext context) =>
        context.Request.Cookies.TryGetValue(NameOf(context), out var secret) && secret.Length > 0 ? secret : null;

    /// <summary>Sets the cookie. The cookie ends with the browser, or when the login ends.</summary>
    public static void Write(HttpContext context, string secret) => context.Response.Cookies.Append(NameOf(context), secret, OptionsOf(context));

    /// <summary>Removes the cookie of a login.</summary>
    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(NameOf(context), OptionsOf(context));

    static string NameOf(HttpContext context) => context.Request.IsHttps ? SecureName : Name;

    // Lax, not Strict: a mailed link to a run opens without another login. GET never changes anything.
    static CookieOptions OptionsOf(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };
}
