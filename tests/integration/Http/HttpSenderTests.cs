using System.Net;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Http;

/// <summary>Requests that a workflow sends against a real server, and what somebody would try with them.</summary>
public sealed class HttpSenderTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0177.0.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("[64:ff9b::7f00:1]")]
    [InlineData("169.254.169.254")]
    [InlineData("10.0.0.1")]
    [InlineData("rebound.example")]
    public async Task However_it_is_written_an_address_that_is_not_public_is_not_asked(string host)
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("*", resolve: (name, token) => name == "rebound.example" ? Task.FromResult<IPAddress[]>([IPAddress.Loopback]) : Dns.GetHostAddressesAsync(name, token));

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(sender, new($"http://{host}:{other.Port}/ok")));

        Assert.Equal(("http.host_not_allowed", false), (refused.Code, refused.IsRetryable));
        Assert.Contains("is no public address. An administrator allows a host in Http:AllowedHosts.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_name_is_looked_up_once_and_that_address_is_the_one_that_is_connected_to()
    {
        await using var other = await OtherServer.StartAsync();
        var lookups = 0;
        // To whoever looked twice it would be another one.
        using var sender = Sender("named.example", resolve: (_, _) => Task.FromResult<IPAddress[]>([lookups++ == 0 ? IPAddress.Loopback : IPAddress.Parse("192.0.2.1")]));

        var answer = await SendAsync(sender, new($"http://named.example:{other.Port}/ok"));

        Assert.Equal((HttpStatusCode.OK, 1, $"named.example:{other.Port}"), (answer.Status, lookups, other.Requests.Single().Headers["Host"]));
    }

    [Fact]
    public async Task Of_several_addresses_only_the_allowed_ones_are_tried()
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.0/8", resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("169.254.169.254"), IPAddress.Loopback]));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(sender, new($"http://named.example:{other.Port}/ok"))).Status);
    }

    [Fact]
    public async Task Without_entries_nobody_is_asked_and_no_name_is_looked_up()
    {
        using var sender = Sender("", resolve: (_, _) => throw new InvalidOperationException("It was looked up."));

        Assert.Equal("http.host_not_allowed", (await Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(sender, new("http://example.org/")))).Code);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data", "http.host_not_allowed")]
    [InlineData("//169.254.169.254/latest", "http.")]
    [InlineData("http://[::ffff:169.254.169.254]/", "http.host_not_allowed")]
    [InlineData("http://localhost:1/", "http.host_not_allowed")]
    [InlineData("http://ada:secret@127.0.0.1/", "http.bad_redirect")]
    [InlineData("file:///etc/passwd", "http.bad_redirect")]
    [InlineData("ftp://127.0.0.1/", "http.bad_redirect")]
    [InlineData("gopher://127.0.0.1/", "http.bad_redirect")]
    public async Task A_redirect_leads_nowhere_that_could_not_be_asked_itself(string target, string code)
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender($"127.0.0.1:{other.Port}");

        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(sender, other.At($"/redirect?status=302&to={Uri.EscapeDataString(target)}")));

        Assert.StartsWith(code, refused.Code, StringComparison.Ordinal);
        Assert.False(refused.IsRetryable);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
        Assert.Single(other.Requests);
    }

    [Fact]
    public async Task Redirects_are_followed_to_a_limit()
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1", options => options.MaximumRedirects = 2);

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(sender, other.At("/redirect?status=301&to=/redirect%3Fstatus%3D308%26to%3D%2Fok"))).Status);
        Assert.Equal("http.bad_redirect", (await Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(sender, other.At("/loop")))).Code);
        Assert.Equal(3 + 3, other.Requests.Count);
    }

    [Fact]
    public async Task Another_origin_gets_no_credentials_no_cookies_and_no_content()
    {
        await using var first = await OtherServer.StartAsync();
        await using var second = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1");
        (string, string)[] headers = [("Authorization", "Bearer abc"), ("X-Api-Key", "abc"), ("Cookie", "abc"), ("Accept", "text/csv")];
        var content = new OutgoingContent("body"u8.ToArray(), [("Content-Type", "text/plain")]);
        string To(int status, Uri target) => $"/redirect?status={status}&to={Uri.EscapeDataString(target.ToString())}";

        await sender.SendAsync(new(first.At(To(302, second.At("/ok"))), HttpMethod.Get, headers, null), Token);
        var (_, _, seen, _) = second.Requests.Single();
        Assert.Equal(("text/csv", false, false, false), (seen["Accept"], seen.ContainsKey("Authorization"), seen.ContainsKey("X-Api-Key"), seen.ContainsKey("Cookie")));
        await sender.SendAsync(new(first.At(To(307, first.At("/ok"))), HttpMethod.Post, headers, content), Token);
        var same = first.Requests.Last();
        Assert.Equal(("POST", "Bearer abc", "abc", "body"), (same.Method, same.Headers["Authorization"], same.Headers["Cookie"], same.Body));
        await sender.SendAsync(new(first.At(To(302, second.At("/ok"))), HttpMethod.Post, headers, content), Token);
        Assert.Equal(("GET", ""), (second.Requests.Last().Method, second.Requests.Last().Body));
        var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => sender.SendAsync(new(first.At(To(307, second.At("/ok"))), HttpMethod.Post, headers, content), Token));
        Assert.Equal(("http.bad_redirect", 2), (refused.Code, second.Requests.Count));
        // What it set itself does not come back either.
        await sender.SendAsync(new(first.At("/ok"), HttpMethod.Get, [], null), Token);
        Assert.False(first.Requests.Last().Headers.ContainsKey("Cookie"));
    }

    [Theory]
    [InlineData("/huge")]
    [InlineData("/bomb")]
    public async Task An_answer_that_is_too_large_is_not_read_to_its_end_packed_or_not(string path)
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1", options => options.MaximumResponseBytes = 100_000);

        Assert.Equal("http.too_large", (await Assert.ThrowsAsync<ActivityFailedException>(() => SendAsync(sender, other.At(path)))).Code);
    }

    [Fact]
    public async Task An_answer_that_never_ends_is_given_up_in_time()
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1", options => options.Timeout = TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAsync<TimeoutException>(() => SendAsync(sender, other.At("/slow")));
    }

    [Fact]
    public async Task A_request_that_is_cancelled_ends()
    {
        await using var other = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1");
        using var cancelled = new CancellationTokenSource();
        var sending = sender.SendAsync(new(other.At("/slow"), HttpMethod.Get, [], null), cancelled.Token);
        await Eventually.IsAsync("the request is there", () => Task.FromResult(!other.Requests.IsEmpty));
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_a_failed_connection()
    {
        using var sender = Sender("127.0.0.1");

        await Assert.ThrowsAsync<HttpRequestException>(() => SendAsync(sender, new($"http://127.0.0.1:{SharedServer.FreePorts(1)[0]}/")));
    }

    [Theory]
    [InlineData("/ok", true, "", true)]
    [InlineData("/ok", false, "", false)]
    [InlineData("/ok", true, "User-Agent", false)]
    [InlineData("/ok?token=geheim%2B4711", true, "", false)]
    [InlineData("/ok?basic=YWRhOmdlaGVpbSs0NzEx", true, "", false)]
    public async Task A_secret_goes_to_no_host_that_it_is_not_for_and_with_no_redirect_either(string path, bool isRedirected, string header, bool isSent)
    {
        const string Value = "geheim+4711";
        await using var own = await OtherServer.StartAsync();
        await using var foreign = await OtherServer.StartAsync();
        using var sender = Sender("127.0.0.1");
        var target = foreign.At(path);
        var request = new OutgoingRequest(isRedirected ? own.At($"/redirect?status=302&to={Uri.EscapeDataString(target.AbsoluteUri)}") : target, HttpMethod.Get,
            [(header.Length == 0 ? "Authorization" : header, Value)], null)
        {
            Limits = [new("shop-api", HostAllowList.Parse($"127.0.0.1:{own.Port}"), SecretMask.Of([Value]))],
        };

        if (isSent) await sender.SendAsync(request, Token);
        else
        {
            var refused = await Assert.ThrowsAsync<ActivityFailedException>(() => sender.SendAsync(request, Token));
            Assert.Equal(("secrets.host_not_allowed", false), (refused.Code, refused.IsRetryable));
            Assert.StartsWith($"The secret 'shop-api' may not be sent to 127.0.0.1:{foreign.Port}.", refused.Message, StringComparison.Ordinal);
        }
        Assert.Equal((isRedirected ? 1 : 0, isSent ? 1 : 0), (own.Requests.Count, foreign.Requests.Count));
    }

    static Task<ReceivedAnswer> SendAsync(HttpSender sender, Uri address) => sender.SendAsync(new(address, HttpMethod.Get, [], null), Token);

    static HttpSender Sender(string allowed, Action<HttpOptions>? configure = null, ResolveHost? resolve = null)
    {
        var options = new HttpOptions { AllowedHosts = allowed };
        configure?.Invoke(options);
        return new(Options.Create(options), resolve ?? ((host, token) => Dns.GetHostAddressesAsync(host, token)), TimeProvider.System);
    }
}
