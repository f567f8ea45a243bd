using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Orchestrator.Server.Access;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Access;

/// <summary>Logging in to a server, and what a login is worth.</summary>
public sealed class AccessTests(PostgresFixture postgres)
{
    const string Anything = "/api/v1/server";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Person_who_wanted_a_page_logs_in_and_gets_there()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        await server.AddUserAsync(AccessRole.Viewer, "ada");
        using var browser = new Browser(server.Address);

        using var sent = await browser.GetAsync("/runs/1?tab=log");
        Assert.Equal((HttpStatusCode.Redirect, "/login?return=%2Fruns%2F1%3Ftab%3Dlog"), (sent.StatusCode, sent.Headers.Location!.OriginalString));
        using var wrong = await browser.LogInAsync("ada", "something else entirely");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Contains("User or password is wrong.", await wrong.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        using var right = await browser.LogInAsync("Ada", page: sent.Headers.Location.OriginalString);

        Assert.Equal((HttpStatusCode.SeeOther, "/runs/1?tab=log"), (right.StatusCode, right.Headers.Location!.OriginalString));
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Matches("^orchestrator_login=[A-Za-z0-9_-]{43}; path=/; samesite=lax; httponly$", cookie);
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync(Anything));
    }

    [Fact]
    public async Task Login_page_has_the_style_that_its_policy_allows_and_says_who_is_logged_in_and_what_is_not_allowed()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        await server.AddUserAsync(AccessRole.Viewer, "ada");
        using var browser = new Browser(server.Address);
        using var opened = await browser.GetAsync("/login");
        var style = Regex.Match(await opened.Content.ReadAsStringAsync(Cancel), "<style>(?<style>.+)</style>", RegexOptions.Singleline)
            .Groups["style"].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Contains($"style-src 'sha256-{hash}'", Assert.Single(opened.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);

        using var _ = await browser.LogInAsync("ada");
        using var known = await browser.GetAsync("/login?return=/runs/1");
        var page = await known.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("You are <b>ada</b>, viewer.", page, StringComparison.Ordinal);
        Assert.Contains("<a class=\"button\" href=\"/runs/1\">Continue</a>", page, StringComparison.Ordinal);
        using var refused = await browser.GetAsync("/studio/definitions/monthly-sales/run");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("<h1>Not allowed</h1>", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_works_on_every_server_of_the_database_and_after_a_restart_until_it_is_ended()
    {
        await using var first = await ServerHarness.StartAsync(postgres, login: true);
        await first.AddUserAsync(AccessRole.Viewer, "ada");
        using var browser = new Browser(first.Address);
        using var _ = await browser.LogInAsync("ada");
        await using var second = await ServerHarness.StartAsync(postgres, login: true, beside: first);
        using var same = new Browser(second.Address);
        same.Cookies.Add(second.Address, new Cookie("orchestrator_login", browser.Cookies.GetCookies(first.Address)["orchestrator_login"]!.Value));

        Assert.Equal(HttpStatusCode.OK, await same.StatusAsync(Anything));
        using var ended = await same.PostAsync("/logout");

        Assert.Equal((HttpStatusCode.SeeOther, "/login"), (ended.StatusCode, ended.Headers.Location!.OriginalString));
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync(Anything));
    }

    [Fact]
    public async Task Form_that_was_opened_on_one_server_can_be_sent_to_another_but_a_form_of_nobody_cannot()
    {
        await using var first = await ServerHarness.StartAsync(postgres, login: true);
        await first.AddUserAsync(AccessRole.Viewer, "ada");
        await using var second = await ServerHarness.StartAsync(postgres, login: true, beside: first);
        using var opened = new HttpClient { BaseAddress = first.Address };
        using var page = await opened.GetAsync(new Uri("/login", UriKind.Relative), Cancel);
        var field = AccessScene.FormField().Match(await page.Content.ReadAsStringAsync(Cancel)).Groups[1].Value;
        var cookie = page.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        Assert.Equal(HttpStatusCode.SeeOther, await SendAsync(cookie));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync("orchestrator_form=other"));

        async Task<HttpStatusCode> SendAsync(string header)
        {
            using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
            using var client = new HttpClient(handler) { BaseAddress = second.Address };
            client.DefaultRequestHeaders.Add("Cookie", header);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal) { ["form"] = field, ["user"] = "ada", ["password"] = AccessScene.Password });
            using var answer = await client.PostAsync(new Uri("/login", UriKind.Relative), form, Cancel);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Change_of_a_user_ends_their_logins_and_nobody_elses()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        string[] users = ["password", "role", "disabled", "removed", "unchanged"];
        var browsers = new List<Browser>();
        foreach (var user in users)
        {
            await server.AddUserAsync(AccessRole.Viewer, user);
            browsers.Add(new(server.Address));
            using var _ = await browsers[^1].LogInAsync(user);
            Assert.Equal(HttpStatusCode.OK, await browsers[^1].StatusAsync(Anything));
        }

        await server.Users.SetPasswordAsync("password", "another horse battery", Cancel);
        await server.Users.SetRoleAsync("role", AccessRole.Admin, Cancel);
        await server.Users.SetDisabledAsync("disabled", isDisabled: true, Cancel);
        await server.Users.RemoveAsync("removed", Cancel);

        var now = await Task.WhenAll(browsers.Select(browser => browser.StatusAsync(Anything)));
        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 4), HttpStatusCode.OK], now);
        var again = new List<HttpStatusCode>();
        foreach (var (user, browser) in users.Zip(browsers).Take(4))
        {
            using var answer = await browser.LogInAsync(user);
            again.Add(answer.StatusCode);
        }
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.SeeOther, HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], again);
        browsers.ForEach(browser => browser.Dispose());
    }

    [Fact]
    public async Task Change_that_another_site_sends_with_a_login_is_refused()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        await server.AddUserAsync(AccessRole.Viewer, "ada");
        using var browser = new Browser(server.Address);
        using var _ = await browser.LogInAsync("ada");
        var cookie = ("Cookie", $"orchestrator_login={browser.Cookies.GetCookies(server.Address)["orchestrator_login"]!.Value}");

        await server.RefusedAsync(HttpMethod.Post, "/logout", 403, "access.cross_site", null, cookie, ("Sec-Fetch-Site", "cross-site"));
        await server.RefusedAsync(HttpMethod.Post, "/logout", 403, "access.cross_site", null, cookie, ("Sec-Fetch-Site", "same-site"));
        await server.RefusedAsync(HttpMethod.Post, "/logout", 403, "access.cross_site", null, cookie);
        await server.RefusedAsync(HttpMethod.Post, "/logout", 403, "request.cross_origin", null, cookie, ("Origin", "https://evil.example"));
        Assert.Equal(HttpStatusCode.OK, await browser.StatusAsync(Anything));
    }

    [Fact]
    public async Task Wrong_passwords_make_everybody_wait_longer_each_time()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true, settings: new() { ["Access:FailuresPerUser"] = "2" });
        await server.AddUserAsync(AccessRole.Viewer, "ada");
        using var browser = new Browser(server.Address);
        for (var i = 0; i < 2; i++) using (await browser.LogInAsync("ada", "something else entirely")) { }

        using var blocked = await browser.LogInAsync("ada");
        using var other = await browser.LogInAsync("nobody", "something else entirely");

        Assert.Equal((HttpStatusCode.TooManyRequests, HttpStatusCode.Unauthorized), (blocked.StatusCode, other.StatusCode));
        Assert.InRange(blocked.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 15);
        Assert.Contains("Too many attempts. Please wait", await blocked.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_who_watch_the_process_hear_only_whether_it_is_ready()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        var token = ("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Viewer)}");

        Assert.Equal("""{"status":"ready","checks":null}""", (await server.GetAsync("/readyz")).GetRawText());
        Assert.Equal(4, (await server.SendAsync(HttpMethod.Get, "/readyz", null, token)).Body.GetProperty("checks").GetArrayLength());
    }

    [Fact]
    public async Task Every_answer_tells_browsers_what_not_to_do_with_it()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);

        foreach (var path in new[] { "/login", "/healthz", Anything })
        {
            using var answer = await server.Client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
            string Header(string name) => string.Join(',', answer.Headers.GetValues(name));
            Assert.Equal(("nosniff", "same-origin", "SAMEORIGIN"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("X-Frame-Options")));
            Assert.Contains("frame-ancestors", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", Header("Content-Security-Policy"), StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task Refused_tokens_are_logged_a_few_times_and_never_shown()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, login: true);
        var admin = ("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Admin)}");

        for (var i = 0; i < 20; i++)
            await server.RefusedAsync(HttpMethod.Get, "/api/v1/runs?token=orch_query", 401, "access.token_refused", null, ("Authorization",
                $"Bearer orch_guess{i}"));

        var (_, log, _) = await server.SendAsync(HttpMethod.Get, "/api/v1/audit?who=unknown%20token", null, admin);
        var entries = log.GetProperty("items").EnumerateArray().Select(entry => string.Join(' ', new[] { "who", "address", "action",
            "resource", "result" }.Select(name => entry.GetProperty(name).GetString()))).ToList();
        Assert.Equal(Enumerable.Repeat("unknown token 127.0.0.1 showToken /api/v1/runs access.token_refused", 5), entries);
        Assert.DoesNotContain("guess", log.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/session")]
    [InlineData("/api/v1/runs")]
    [InlineData("/api/v1/none")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/elsa/api/workflow-definitions")]
    [InlineData("/readyz")]
    [InlineData("/")]
    public async Task Answers_are_not_kept_by_browsers_and_proxies(string path)
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, login: true);
        foreach (var token in new[] { await server.AddTokenAsync(AccessRole.Admin), "orch_none" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new("Bearer", token) } };
            using var answer = await server.Client.SendAsync(request, Cancel);
            Assert.True(answer.Headers.CacheControl is { NoStore: true },
                $"{path} gave {answer.StatusCode} with Cache-Control {answer.Headers.CacheControl}");
        }
    }

    [Fact]
    public async Task Every_change_is_logged_whether_it_was_done_or_refused()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        server.AddWorkflow("one", "A1");
        var viewer = ("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Viewer)}");
        var admin = ("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Admin)}");

        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 403, "access.role_too_low", new { workflow = "one" }, viewer);
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 404, "workflow.unknown", new { workflow = "none" }, admin);
        var (_, run, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs?secret=1", new { workflow = "one" }, admin);
        await server.SendAsync(HttpMethod.Get, "/api/v1/runs", null, admin);
        var (_, first, _) = await server.SendAsync(HttpMethod.Get, "/api/v1/audit?limit=2", null, admin);
        var (_, rest, _) = await server.SendAsync(HttpMethod.Get, $"/api/v1/audit?limit=1&cursor={first.GetProperty("next").GetString()}", null, admin);

        Assert.Equal(
            [
                $"token of-admin of admin 127.0.0.1 startRun /api/v1/runs/{run.GetProperty("id").GetString()} done",
                "token of-admin of admin 127.0.0.1 startRun /api/v1/runs workflow.unknown", "token of-viewer of viewer 127.0.0.1 startRun /api/v1/runs access.role_too_low",
            ],
            first.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray())
                .Select(entry => string.Join(' ', new[] { "who", "address", "action", "resource", "result" }.Select(name => entry.GetProperty(name).GetString()))));
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/audit", 403, "access.role_too_low", null, viewer);
        Assert.Equal("token of-admin of admin", (await server.SendAsync(HttpMethod.Get, $"/api/v1/runs/{run.GetProperty("id").GetString()}", null, admin)).Body.GetProperty("run").GetProperty("startedBy").GetString());
    }

    [Fact]
    public async Task Command_of_the_servers_own_user_is_let_in_by_the_socket_and_named_in_the_log_of_changes()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        server.AddWorkflow("one", "A1");
        var note = LocalServer.Find(new(server.Folder, server.ConnectionString))!;
        await using var command = ApiClient.Through(note.Socket, note.Url, owned: null);

        Assert.Equal(new($"command line of {Environment.UserName}", "admin", NeedsLogin: true),
            await command.GetAsync<SessionResponse>("session", Cancel));
        var run = await command.PostAsync<RunResponse>("runs", new { workflow = "one" }, Cancel);

        var entry = (await command.GetAsync<Page<AuditResponse>>("audit", Cancel)).Items[0];
        Assert.Equal(
            ($"command line of {Environment.UserName}", $"{Environment.UserName}@{Environment.MachineName}", "startRun",
                $"/api/v1/runs/{run.Id}"),
            (entry.Who, entry.Address, entry.Action, entry.Resource));
        await server.RefusedAsync(HttpMethod.Get, "/api/v1/session", 401, "access.not_logged_in", null, ("X-Orchestrator-Client",
            entry.Who));
    }

    [Fact]
    public async Task No_file_of_the_data_folder_has_what_lets_somebody_in()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);

        foreach (var file in Directory.EnumerateFiles(server.Folder, "*", SearchOption.AllDirectories))
        {
            foreach (var text in JsonTexts(await File.ReadAllTextAsync(file, Cancel)))
                await server.RefusedAsync(HttpMethod.Get, "/api/v1/session", 401, "access.token_refused", null, ("Authorization",
                    $"Bearer {text}"));
        }
    }

    static IEnumerable<string> JsonTexts(string content) => Regex.Matches(content, "[A-Za-z0-9_/.:+-]{8,}").Select(match =>
        match.Value).Distinct(StringComparer.Ordinal);
}
