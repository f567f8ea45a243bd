using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary><c>/login</c> and <c>/logout</c>: rendered here, without scripts.</summary>
static class LoginPages
{
    /// <summary>Address of the login page.</summary>
    public const string Path = "/login";

    /// <summary>Style sheet of the login page, which is inlined.</summary>
    public const string Style = """
        :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --page: #f4f5f7; --card: #fff; --ink: #1d2733; --soft: #5a6775; --line: #c9d0d8; --go: #1f5fbf; --bad: #a4201b; }
        @media (prefers-color-scheme: dark) { :root { --page: #12171d; --card: #1b222b; --ink: #e6eaf0; --soft: #9aa7b5; --line: #3a4653; --go: #2f6bc9; --bad: #ff9b94; } }
        * { box-sizing: border-box; }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); }
        main { width: 100%; max-width: 23rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
        h1 { margin: 0 0 .25rem; font-size: 1.5rem; }
        p { margin: 0 0 1.25rem; color: var(--soft); }
        p.bad { color: var(--bad); }
        label { display: block; margin: 0 0 1rem; font-weight: 600; }
        input { display: block; width: 100%; margin-top: .25rem; padding: .6rem .75rem; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: .5rem; }
        button, a.button { display: block; width: 100%; padding: .65rem; font: inherit; font-weight: 600; text-align: center; text-decoration: none; color: #fff; background: var(--go); border: 0; border-radius: .5rem; cursor: pointer; }
        form + form, a.button + form { margin-top: .75rem; }
        button.quiet { color: var(--ink); background: none; border: 1px solid var(--line); }
        :is(input, button, a):focus-visible { outline: 2px solid var(--go); outline-offset: 2px; }
        """;

    static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    /// <summary>Maps <c>/login</c> and <c>/logout</c>.</summary>
    public static void MapLogin(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, Show).NeedsNoLogin().ExcludeFromDescription();
        app.MapPost(Path, LogInAsync).NeedsNoLogin().ExcludeFromDescription();
        app.MapPost("/logout", LogOutAsync).RequireAccess(AccessRole.Viewer).WithName("logOut").ExcludeFromDescription();
    }

    /// <summary>Whether a request asks for a page that a person reads.</summary>
    public static bool IsForPeople(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && !context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/elsa")
        && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);

    /// <summary>Returns the address of the login page that leads back to the requested page.</summary>
    public static string AddressFor(HttpRequest wanted) => $"{Path}?return={Uri.EscapeDataString($"{wanted.PathBase}{wanted.Path}{wanted.QueryString}")}";

    /// <summary>Renders the page for a person who may not see the requested page.</summary>
    public static IResult Refuse(HttpContext context, ApiException refused) =>
        Page(context, new { Title = "Not allowed", refused.Message, Next = "/", MayLogOut = true }, refused.Status);

    static RazorComponentResult<LoginPage> Show(HttpContext context, AccessMode mode, IAntiforgery antiforgery)
    {
        var next = ReturnOf(context.Request.Query["return"]);
        if (!mode.NeedsLogin)
            return Page(context, new
            {
                Title = "No login needed",
                Message = $"Everybody who can reach this server may use it: {mode.Reason}.",
                Next = next,
            });
        return context.Caller is { } caller
            ? Page(context, new { Title = "Logged in", Person = caller.Name, Role = caller.Role.Name, Next = next, MayLogOut = true })
            : Form(context, antiforgery, next, problem: null);
    }

    static async Task<IResult> LogInAsync(HttpContext context, AccessMode mode, IAntiforgery antiforgery, Logins logins, CancellationToken cancellationToken)
    {
        if (!mode.NeedsLogin) return Results.LocalRedirect(Path);
        var isOurs = await antiforgery.IsRequestValidAsync(context);
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        var next = ReturnOf(form["return"]);
        if (!isOurs) return Form(context, antiforgery, next, "The form was too old. Please try again.", StatusCodes.Status400BadRequest);

        var result = await logins.TryAsync(form["user"].ToString(), form["password"].ToString(), context.ClientAddress, LoginCookie.Read(context), cancellationToken);
        if (result.Secret is { } secret)
        {
            LoginCookie.Write(context, secret);
            // 303: reloading the next page does not send the password again.
            context.Response.Headers.Location = next;
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        }
        if (result.Wait == TimeSpan.Zero) return Form(context, antiforgery, next, "User or password is wrong.", StatusCodes.Status401Unauthorized);
        var seconds = Math.Ceiling(result.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Response.Headers.RetryAfter = seconds;
        return Form(context, antiforgery, next, $"Too many attempts. Please wait {seconds} seconds.", StatusCodes.Status429TooManyRequests);
    }

    static async Task<IResult> LogOutAsync(HttpContext context, SessionStore sessions, CancellationToken cancellationToken)
    {
        if (LoginCookie.Read(context) is { } secret) await sessions.EndAsync(secret, cancellationToken);
        LoginCookie.Remove(context);
        context.Response.Headers.Location = Path;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    static RazorComponentResult<LoginPage> Form(
        HttpContext context, IAntiforgery antiforgery, string next, string? problem, int status = StatusCodes.Status200OK) =>
        Page(context, new { Title = "Log in", Message = problem, Form = FormToken.For(context, antiforgery), Next = next }, status);

    static RazorComponentResult<LoginPage> Page(HttpContext context, object parameters, int status = StatusCodes.Status200OK)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.CacheControl = "no-store";
        return new(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    // Only a path on this server: browsers read '//evil.example' and '/\evil.example' as other sites.
    internal static string ReturnOf(string? wanted) =>
        wanted is ['/', ..] and not ['/', '/' or '\\', ..] && !wanted.StartsWith(Path, StringComparison.OrdinalIgnoreCase) && !wanted.Any(char.IsControl) ? wanted : "/";
}
