using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Unit.Server;

public sealed class AccessTests
{
    static readonly PlatformOptions Embedded = new(".data"), Shared = new(".data", "Host=db");

    [Fact]
    public void Only_loopback_with_embedded_storage_needs_no_login()
    {
        Assert.Equal(new AccessMode(Caller.Local, "loopback and embedded storage"), AccessMode.Of(At("http://127.0.0.1:5080"), Embedded, isRequired: false));
        Assert.Equal(new AccessMode(Caller.Local, "loopback and embedded storage"), AccessMode.Of(At("http://localhost:5080", "https://[::1]"), Embedded, isRequired: false));
        Assert.Equal(new AccessMode(null, "Access:RequireLogin says so"), AccessMode.Of(At("http://127.0.0.1:5080"), Embedded, isRequired: true));
        Assert.Equal(new AccessMode(null, "--postgres names a server that others can reach"), AccessMode.Of(At("http://127.0.0.1:5080"), Shared, isRequired: false));
        Assert.Equal(new AccessMode(null, "other machines can reach http://0.0.0.0:5080/"), AccessMode.Of(At("http://0.0.0.0:5080"), Embedded, isRequired: false));
        Assert.True(AccessMode.Of(At("http://127.0.0.1", "http://10.0.0.5"), Embedded, isRequired: false).NeedsLogin);
    }

    [Fact]
    public void Command_that_carries_the_server_needs_no_login() =>
        Assert.Equal(Caller.CommandLine(Environment.UserName), AccessMode.Of(new() { Urls = [], Socket = "/tmp/api" }, Shared,
            isRequired: true).Everybody);

    [Theory]
    [InlineData("/runs/1?tab=log", "/runs/1?tab=log")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/a\r\nSet-Cookie: b", "/")]
    [InlineData("/login?return=/", "/")]
    public void Login_leads_to_no_other_site(string? wanted, string expected) => Assert.Equal(expected, LoginPages.ReturnOf(wanted));

    [Theory]
    [InlineData("elevenchars", "The password has 11 characters, but needs at least 12. A few words are fine.")]
    [InlineData("ada.lovelace1", "The password is too simple: it is little more than the user's name or a few letters repeated. Choose another one.")]
    [InlineData("ababababababab", "The password is too simple: it is little more than the user's name or a few letters repeated. Choose another one.")]
    public void Password_that_is_easily_found_is_refused(string password, string message) =>
        Assert.Equal(message, Assert.Throws<UsageException>(() => PasswordHashing.Check("ada.lovelace", password)).Message);

    [Theory]
    [InlineData("password1234")]
    [InlineData("P@ssw0rd2026!")]
    [InlineData("passwordpassword")]
    [InlineData("Pass-word-1234")]
    [InlineData("123456789012")]
    [InlineData("1q2w3e4r5t6y")]
    [InlineData("qwertyuiop12")]
    [InlineData("Administrator1")]
    [InlineData("orchestrator2026")]
    [InlineData("0rche$trat0r!!")]
    [InlineData("lovelace-lovelace")]
    [InlineData("Summer2026!!!")]
    [InlineData("letmein letmein")]
    [InlineData("correct horse battery staple")]
    [InlineData("iloveyou12345")]
    [InlineData("Michael19840312")]
    public void Password_that_guessers_try_first_is_refused(string password) => Assert.Equal(
        "The password is too common: it is little more than words that guessers try first, such as 'password', names or rows of keys. Choose a few words that do not belong together.",
        Assert.Throws<UsageException>(() => PasswordHashing.Check("ada.lovelace", password)).Message);

    [Theory]
    [InlineData("another horse battery")]
    [InlineData("k7#Qz!9p@2Lw")]
    [InlineData("9f86d081884c7d659a2f")]
    [InlineData("twelve chars")]
    [InlineData("correct horse battery")]
    [InlineData("ada.lovelace wrote the first program")]
    public void Password_of_a_few_words_is_taken(string password) => PasswordHashing.Check("ada.lovelace", password);

    [Fact]
    public async Task Only_the_right_password_fits_and_none_fits_where_there_is_no_user()
    {
        using var passwords = new PasswordHashing();
        var hash = passwords.Hash("correct horse battery");

        Assert.NotEqual(hash, passwords.Hash("correct horse battery"));
        Assert.True(await passwords.VerifyAsync(hash, "correct horse battery", TestContext.Current.CancellationToken));
        Assert.False(await passwords.VerifyAsync(hash, "Correct horse battery", TestContext.Current.CancellationToken));
        Assert.False(await passwords.VerifyAsync(hash: null, "correct horse battery", TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Caller_is_the_same_in_claims()
    {
        foreach (var caller in new[] { Caller.Local, Caller.CommandLine("ada"), Caller.Person("ada", AccessRole.Author),
            Caller.Program("nightly", AccessRole.Admin, "ada", AccessRole.Viewer) })
            Assert.Equal(caller, Caller.Of(caller.ToPrincipal()));
        Assert.Null(Caller.Of(new(new System.Security.Claims.ClaimsIdentity())));
        Assert.Equal(("token nightly of ada", AccessRole.Viewer),
            (Caller.Program("nightly", AccessRole.Admin, "ada", AccessRole.Viewer).Who, Caller.Program("nightly", AccessRole.Admin, "ada", AccessRole.Viewer).Role));
    }

    [Theory]
    [InlineData("ada", true)]
    [InlineData("ada.lovelace@example", true)]
    [InlineData("Ada", false)]
    [InlineData("", false)]
    [InlineData("-ada", false)]
    [InlineData("ada\n", false)]
    [InlineData("a b", false)]
    public void Names_of_users_are_plain(string text, bool isName) => Assert.Equal(isName, UserStore.IsName(text));

    [Fact]
    public void Proxy_that_is_no_address_is_an_error() =>
        Assert.Equal("Access:Proxies has 'proxy.local', which is not an IP address. Write it such as '10.0.0.5; 10.0.0.6'.",
            Assert.Throws<PlatformException>(() => new AccessOptions { Proxies = "10.0.0.5; proxy.local" }.ProxyAddresses).Message);

    [Fact]
    public async Task Endpoint_that_does_not_say_who_may_use_it_is_for_nobody()
    {
        Assert.False(await IsAllowedAsync(Caller.Local, Route()));
        Assert.True(await IsAllowedAsync(Caller.Local, Route(new RequiredAccess(AccessRole.Admin))));
        Assert.False(await IsAllowedAsync(Caller.Person("ada", AccessRole.Author), Route(new RequiredAccess(AccessRole.Admin))));
        Assert.True(await IsAllowedAsync(caller: null, Route(new RequiredAccess(null))));
        // Nothing at this address, or for another method: only those who are logged in hear that.
        Assert.True(await IsAllowedAsync(Caller.Person("ada", AccessRole.Viewer), endpoint: null));
        Assert.False(await IsAllowedAsync(caller: null, endpoint: null));
    }

    static RouteEndpoint Route(params object[] metadata) => new(static _ => Task.CompletedTask, RoutePatternFactory.Parse("/some"), order: 0, new(metadata), "some");

    static async Task<bool> IsAllowedAsync(Caller? caller, Endpoint? endpoint)
    {
        var context = new DefaultHttpContext { User = caller?.ToPrincipal() ?? new() };
        context.SetEndpoint(endpoint);
        var authorization = new AuthorizationHandlerContext([new AccessRequirement()], context.User, context);
        await new AccessDecision().HandleAsync(authorization);
        return authorization.HasSucceeded;
    }

    static ServerOptions At(params string[] urls) => new() { Urls = [.. urls.Select(url => new Uri(url))] };
}
