using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Users of a server, and browsers that log in.</summary>
static partial class AccessScene
{
    public const string Password = "correct horse battery";

    /// <summary>Brings the schema up to date and adds a user, so that a server that needs a login starts. Nobody has the password.</summary>
    public static async Task PrepareAsync(string connectionString)
    {
        StoreMigrations.Apply(connectionString);
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("insert into orchestrator.access_user (name, role, password_hash, created_at) values ('first', 'Admin', '', now()) on conflict do nothing");
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    extension(ServerHarness server)
    {
        public UserStore Users => server.Services.GetRequiredService<UserStore>();

        public TokenStore Tokens => server.Services.GetRequiredService<TokenStore>();

        /// <summary>Adds a user named as the role.</summary>
        public async Task<AccessUser> AddUserAsync(AccessRole role, string? name = null)
        {
            await server.Users.AddAsync(name ?? role.Name, role, Password, TestContext.Current.CancellationToken);
            return await server.Users.FindAsync(name ?? role.Name, TestContext.Current.CancellationToken);
        }

        /// <summary>Adds a user named as the role, with a token.</summary>
        public async Task<string> AddTokenAsync(AccessRole role)
        {
            var user = await server.AddUserAsync(role);
            var (_, secret) = await server.Tokens.CreateAsync($"of-{role.Name}", user, role: null, TimeSpan.FromDays(1), TestContext.Current.CancellationToken);
            return secret;
        }
    }

    [GeneratedRegex("name=\"form\" value=\"([^\"]+)\"")]
    public static partial Regex FormField();
}

/// <summary>A browser: it keeps cookies, and says from which site a request comes.</summary>
sealed class Browser : IDisposable
{
    readonly HttpClient client;

    public Browser(Uri address, string site = "same-origin")
    {
        client = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = address };
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", site);
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
    }

    public CookieContainer Cookies { get; } = new();

    public Task<HttpResponseMessage> GetAsync(string path) => client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path) => client.PostAsync(new Uri(path, UriKind.Relative), content: null, TestContext.Current.CancellationToken);

    /// <summary>Opens the page, fills in the form and sends it.</summary>
    public async Task<HttpResponseMessage> LogInAsync(string user, string password = AccessScene.Password, string page = "/login")
    {
        using var opened = await GetAsync(page);
        var html = await opened.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var next = Regex.Match(html, "name=\"return\" value=\"([^\"]+)\"").Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["form"] = AccessScene.FormField().Match(html).Groups[1].Value, ["return"] = WebUtility.HtmlDecode(next), ["user"] = user, ["password"] = password,
        });
        return await client.PostAsync(new Uri("/login", UriKind.Relative), form, TestContext.Current.CancellationToken);
    }

    public async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var answer = await GetAsync(path);
        return answer.StatusCode;
    }

    public void Dispose() => client.Dispose();
}
