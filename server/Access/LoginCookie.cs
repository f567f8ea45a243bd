namespace Orchestrator.Server.Access;

/// <summary>The cookie that holds the secret of a login.</summary>
static class LoginCookie
{
    // The prefix makes browsers refuse one that another host or plain http has set.
    const string Name = "orchestrator_login", SecureName = $"__Host-{Name}";

    /// <summary>The secret; <see langword="null"/> where there is none.</summary>
    public static string? Read(HttpContext context) =>
        context.Request.Cookies.TryGetValue(NameOf(context), out var secret) && secret.Length > 0 ? secret : null;

    /// <summary>Sets it. It ends with the browser, or when the login does.</summary>
    public static void Write(HttpContext context, string secret) => context.Response.Cookies.Append(NameOf(context), secret, OptionsOf(context));

    /// <summary>Removes it.</summary>
    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(NameOf(context), OptionsOf(context));

    static string NameOf(HttpContext context) => context.Request.IsHttps ? SecureName : Name;

    // Lax, not Strict: a link in a mail to a run opens it without another login; changes are never asked for by GET.
    static CookieOptions OptionsOf(HttpContext context) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, Path = "/", IsEssential = true };
}
