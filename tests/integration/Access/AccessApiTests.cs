using System.Net;
using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Access;

/// <summary>Users and tokens over HTTP: what the commands do, by the same rules.</summary>
public sealed class AccessApiTests(PostgresFixture postgres)
{
    const string Users = "/api/v1/users", Tokens = "/api/v1/tokens";

    [Fact]
    public async Task A_user_is_added_changed_kept_out_and_removed_and_each_change_is_in_the_log_once()
    {
        await using var server = await StartAsync();
        var (status, added, headers) = await server.SendAsync(HttpMethod.Post, Users, new { name = "Ada", role = "author", password = AccessScene.Password });
        Assert.Equal((HttpStatusCode.Created, "ada", "author", $"{Users}/ada"), (status, Text(added, "name"), Text(added, "role"), headers.Location!.OriginalString));
        Assert.Equal(["ada", "admin", "first"], (await server.GetAsync(Users)).EnumerateArray().Select(user => Text(user, "name")));
        using var browser = new Browser(server.Address);
        using (await browser.LogInAsync("ada")) Assert.Equal(1, (await server.GetAsync($"{Users}/ada")).GetProperty("sessions").GetInt32());

        Assert.Equal("viewer", Text((await server.SendAsync(HttpMethod.Put, $"{Users}/ada/role", new { role = "viewer" })).Body, "role"));
        Assert.Equal(HttpStatusCode.Unauthorized, await browser.StatusAsync("/api/v1/runs"));
        await server.SendAsync(HttpMethod.Put, $"{Users}/ada/password", new { password = "another fine password" });
        using (var entered = await browser.LogInAsync("ada", "another fine password")) Assert.Equal(HttpStatusCode.SeeOther, entered.StatusCode);
        Assert.True((await server.SendAsync(HttpMethod.Post, $"{Users}/ada/disable")).Body.GetProperty("isDisabled").GetBoolean());
        using (var refused = await browser.LogInAsync("ada", "another fine password")) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.False((await server.SendAsync(HttpMethod.Post, $"{Users}/ada/enable")).Body.GetProperty("isDisabled").GetBoolean());
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Delete, $"{Users}/ada")).Status);
        await server.RefusedAsync(HttpMethod.Get, $"{Users}/ada", 404, "access.unknown_user");

        var log = (await server.GetAsync("/api/v1/audit?who=token%20of-admin%20of%20admin")).GetProperty("items").EnumerateArray().Reverse();
        Assert.Equal(
            ["addUser user ada done", "setRoleOfUser user ada done", "setPasswordOfUser user ada done", "disableUser user ada done", "enableUser user ada done", "removeUser user ada done"],
            log.Select(entry => $"{Text(entry, "action")} {Text(entry, "resource")} {Text(entry, "result")}"));
    }

    [Fact]
    public async Task What_a_command_would_refuse_is_refused_and_logged()
    {
        await using var server = await StartAsync();
        await server.RefusedAsync(HttpMethod.Post, Users, 400, "request.bad_value", new { name = "ada", role = "viewer", password = "short" });
        await server.RefusedAsync(HttpMethod.Post, Users, 400, "request.bad_value", new { name = "a b", role = "viewer", password = AccessScene.Password });
        await server.RefusedAsync(HttpMethod.Post, Users, 400, "access.bad_role", new { name = "ada", role = "king", password = AccessScene.Password });
        await server.RefusedAsync(HttpMethod.Post, Users, 409, "access.user_exists", new { name = "ADMIN", role = "viewer", password = AccessScene.Password });
        await server.RefusedAsync(HttpMethod.Put, $"{Users}/nobody/role", 404, "access.unknown_user", new { role = "viewer" });
        await server.RefusedAsync(HttpMethod.Post, Tokens, 404, "access.unknown_user", new { name = "nightly", user = "nobody" });
        await server.RefusedAsync(HttpMethod.Post, Tokens, 400, "request.bad_value", new { name = "nightly", user = "admin", lifetime = "400.00:00:00" });
        await server.RefusedAsync(HttpMethod.Delete, $"{Tokens}/nightly", 404, "access.unknown_token");
        Assert.Equal(
            ["request.bad_value", "request.bad_value", "access.bad_role", "access.user_exists", "access.unknown_user", "access.unknown_user", "request.bad_value", "access.unknown_token"],
            (await server.GetAsync("/api/v1/audit?who=token%20of-admin%20of%20admin")).GetProperty("items").EnumerateArray().Reverse().Select(entry => Text(entry, "result")));
        Assert.DoesNotContain(server.Log, line => line.Contains(AccessScene.Password, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_is_shown_once_works_and_ends_when_it_is_revoked()
    {
        await using var server = await StartAsync();
        await server.AddUserAsync(AccessRole.Operator, "ada");
        await server.RefusedAsync(HttpMethod.Post, Tokens, 400, "request.bad_value", new { name = "more", user = "ada", role = "admin" });
        var (status, made, headers) = await server.SendAsync(HttpMethod.Post, Tokens, new { name = "nightly", user = "ada", role = "viewer", lifetime = "12:00:00" });
        Assert.Equal((HttpStatusCode.Created, "viewer", true), (status, Text(made, "role"), headers.CacheControl!.NoStore));
        await server.RefusedAsync(HttpMethod.Post, Tokens, 409, "access.token_exists", new { name = "nightly", user = "ada" });

        var secret = Text(made, "token")!;
        var listed = await server.GetAsync(Tokens);
        Assert.Equal(["nightly of ada", "of-admin of admin"], listed.EnumerateArray().Select(token => $"{Text(token, "name")} of {Text(token, "user")}"));
        Assert.DoesNotContain(secret, listed.GetRawText(), StringComparison.Ordinal);
        using var program = new HttpClient { BaseAddress = server.Address };
        program.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(program, "/api/v1/runs"));
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(program, Users));

        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Delete, $"{Tokens}/nightly")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(program, "/api/v1/runs"));
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, login: true);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", await server.AddTokenAsync(AccessRole.Admin));
        return server;
    }

    static async Task<HttpStatusCode> AskAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    static string? Text(JsonElement element, string property) => element.GetProperty(property).GetString();
}
