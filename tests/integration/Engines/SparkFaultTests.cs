using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Connect.Protocol;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;
using Orchestrator.Tests.Integration.Faults;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>Connections that break, processes that vanish and servers that come back, below the engine's contract.</summary>
[Collection("Spark")]
public sealed class SparkFaultTests(SparkFixture spark) : IDisposable
{
    // Half a second for each of its parts, of which two are computed at a time.
    const string Slow = "select sum(id) as sum, count(*) as many from (select id, reflect('java.lang.Thread', 'sleep', cast(500 as bigint)) as nothing from range(0, 16, 1, 16)) as slept where nothing is null or nothing = 'null'";

    static readonly Dictionary<string, object?> None = [];

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-engine-").FullName;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    Uri Target(string name) => new($"file://{folder}/{name}/");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Query_survives_connections_that_are_cut()
    {
        using var proxy = await Toxiproxy.StartAsync(new Uri((await spark.AddressAsync()).Replace("sc:", "http:", StringComparison.Ordinal)).Port);
        using var engine = SparkFixture.EngineAt($"sc://127.0.0.1:{proxy.Port}");
        await using var session = await engine.OpenAsync(folder, Token);
        var query = session.QueryAsync(Slow, None, Token);
        for (var i = 0; i < 3; i++)
        {
            await Task.Delay(300, Token);
            await proxy.CutAsync(TimeSpan.FromMilliseconds(200));
        }
        Assert.Equal([120L, 16L], Assert.Single(await query).Values);
    }

    [Fact]
    public async Task Process_that_was_killed_is_followed_by_one_that_goes_on_with_the_same_operation()
    {
        using var proxy = await Toxiproxy.StartAsync(new Uri((await spark.AddressAsync()).Replace("sc:", "http:", StringComparison.Ordinal)).Port);
        SqlCheckpoint? saved = null;
        // The first process vanishes from the server's sight in the middle, and says nothing more.
        using (var killed = SparkFixture.EngineAt($"sc://127.0.0.1:{proxy.Port}", configure: options => options.Outage = TimeSpan.Zero))
        {
            var begun = new TaskCompletionSource();
            await using var session = await killed.OpenAsync(new SqlSessionContext(folder) { SaveAsync = (state, _) => { saved = state; return Task.CompletedTask; }, OnProgress = _ => begun.TrySetResult() }, Token);
            await session.MaterializeAsync("numbers", "select 7 as seven", None, Token);
            begun = new();
            var write = session.WriteAsync($"select slow.*, seven from ({Slow}) as slow cross join numbers", None, Target("1"), Token);
            await begun.Task.InTimeAsync();
            await proxy.DisableAsync();
            Assert.Equal("spark.unreachable", (await Assert.ThrowsAsync<SqlEngineException>(() => write)).Code);
        }
        Assert.Single(saved!.Writes);
        var log = new Lines();
        using var engine = SparkFixture.EngineAt(await spark.AddressAsync(), log: log);
        await using (var session = await engine.OpenAsync(new SqlSessionContext(folder) { Earlier = saved }, Token))
        {
            await session.MaterializeAsync("numbers", "select 7 as seven", None, Token);
            var written = await session.WriteAsync($"select slow.*, seven from ({Slow}) as slow cross join numbers", None, Target("2"), Token);
            Assert.Equal(1, written.Rows);
            Assert.All(written.Files, file => Assert.StartsWith(Target("1").AbsoluteUri, file.Address.AbsoluteUri, StringComparison.Ordinal));
        }
        Assert.False(Directory.Exists(Target("2").LocalPath));
        Assert.Contains(log.Texts, line => line.Contains($"Went on with Spark's operation {saved.Writes[0].Operation}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Operation_that_is_gone_is_executed_anew_in_a_folder_of_its_own()
    {
        var gone = new SqlCheckpoint(Guid.CreateVersion7().ToString(), []);
        await using (var session = await OpenAsync(new(folder) { SaveAsync = (state, _) => { gone = state; return Task.CompletedTask; } }))
            await session.WriteAsync("select 1 as one", None, Target("gone"), Token);
        gone = gone with { Writes = [gone.Writes[0] with { Operation = Guid.CreateVersion7().ToString() }] };
        await using var again = await OpenAsync(new(folder) { Earlier = gone });
        var written = await again.WriteAsync("select 1 as one", None, Target("anew"), Token);
        Assert.StartsWith(Target("anew").AbsoluteUri, Assert.Single(written.Files).Address.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_that_an_earlier_process_finished_is_not_written_again()
    {
        SqlCheckpoint? saved = null;
        await using (var session = await OpenAsync(new(folder) { SaveAsync = (state, _) => { saved = state; return Task.CompletedTask; } }))
        {
            await session.WriteAsync("select 1 as one", None, Target("first"), Token);
            await session.WriteAsync("select 2 as two", None, Target("second"), Token);
        }
        await using var again = await OpenAsync(new(folder) { Earlier = saved });
        var written = await again.WriteAsync("select 1 as one", None, Target("third"), Token);
        Assert.StartsWith(Target("first").AbsoluteUri, Assert.Single(written.Files).Address.AbsoluteUri, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Target("third").LocalPath));
    }

    [Fact]
    public async Task Cancelled_write_leaves_nothing_that_counts_as_written()
    {
        using var cancellation = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        await using var session = await OpenAsync(new(folder) { OnProgress = _ => begun.TrySetResult() });
        var write = session.WriteAsync(Slow, None, Target("cancelled"), cancellation.Token);
        await begun.Task.InTimeAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write).WaitAsync(TimeSpan.FromSeconds(2.5), Token);
        Assert.Null(await new LocalStaging().SealAsync(Target("cancelled"), Token));
    }

    [Fact]
    public async Task Server_is_asked_with_its_token_and_behind_TLS_with_its_authority()
    {
        const string Secret = "9b1c7f";
        await using var server = await SparkServer.ConnectAsync(token: Secret, memory: "1g");
        foreach (var address in new[] { $"{server.Address}/;token=wrong", server.Address })
        {
            var denied = await Assert.ThrowsAsync<SqlEngineException>(() => ProbeAsync(address));
            Assert.Equal(("spark.access_denied", false), (denied.Code, denied.IsRetryable));
            Assert.DoesNotContain("wrong", denied.Message, StringComparison.Ordinal);
        }
        using var tls = await TlsFront.StartAsync(server.Port);
        var secured = $"sc://localhost:{tls.Port}/;use_ssl=true;token={Secret}";
        Assert.NotEmpty(await ProbeAsync(secured, options => options.CertificateAuthority = tls.CertificateAuthority));
        var untrusted = await Assert.ThrowsAsync<SqlEngineException>(() => ProbeAsync(secured, options => options.Outage = TimeSpan.Zero));
        Assert.Equal("spark.unreachable", untrusted.Code);
        Assert.DoesNotContain(Secret, untrusted.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_share_a_session_and_take_another_when_the_server_has_ended_it()
    {
        await using var server = await SparkServer.ConnectAsync(memory: "1g");
        using var engine = SparkFixture.EngineAt(server.Address);
        await using var session = await engine.OpenSessionAsync(new(folder), Token);
        var first = session.ServerSession;
        await using (var other = await engine.OpenSessionAsync(new(folder), Token))
        {
            Assert.Equal(first, other.ServerSession);
            await other.MaterializeAsync("numbers", "select 7 as seven", None, Token);
            await session.MaterializeAsync("numbers", "select 8 as seven", None, Token);
            Assert.Equal(7L, Assert.Single(await other.QueryAsync("select seven from numbers", None, Token))["seven"]);
        }
        Assert.Equal(8L, Assert.Single(await session.QueryAsync("select seven from numbers", None, Token))["seven"]);

        await EndSessionAsync(server, first);
        Assert.Equal(8L, Assert.Single(await session.QueryAsync("select seven from numbers", None, Token))["seven"]);
        Assert.NotEqual(first, session.ServerSession);
        await using var later = await engine.OpenSessionAsync(new(folder), Token);
        Assert.Equal(session.ServerSession, later.ServerSession);
    }

    [Fact]
    public async Task Query_whose_session_is_ended_in_the_middle_is_done_once_more_in_another()
    {
        await using var server = await SparkServer.ConnectAsync(memory: "1g");
        var begun = new TaskCompletionSource();
        using var engine = SparkFixture.EngineAt(server.Address);
        await using var session = await engine.OpenSessionAsync(new(folder) { OnProgress = _ => begun.TrySetResult() }, Token);
        var ended = session.ServerSession;
        var query = session.QueryAsync(Slow, None, Token);
        await begun.Task.InTimeAsync();
        await EndSessionAsync(server, ended);
        Assert.Equal([120L, 16L], Assert.Single(await query).Values);
        Assert.NotEqual(ended, session.ServerSession);
    }

    [Fact]
    public async Task Server_that_is_started_anew_in_the_middle_has_the_query_once_more()
    {
        var first = await SparkServer.ConnectAsync(memory: "1g");
        SparkServer? second = null;
        try
        {
            var log = new Lines();
            var begun = new TaskCompletionSource();
            using var engine = SparkFixture.EngineAt(first.Address, log: log, configure: options => options.Outage = TimeSpan.FromMinutes(3));
            await using var session = await engine.OpenAsync(new SqlSessionContext(folder) { OnProgress = _ => begun.TrySetResult() }, Token);
            await session.MaterializeAsync("numbers", "select 7 as seven", None, Token);
            begun = new();
            var write = session.WriteAsync($"select slow.*, seven from ({Slow}) as slow cross join numbers", None, Target("restarted"), Token);
            await begun.Task.InTimeAsync();
            await first.KillAsync();
            second = await SparkServer.ConnectAsync(port: first.Port, memory: "1g");
            var written = await write;
            Assert.Equal(1, written.Rows);
            Assert.True(written.Figures["spark.stages"] >= 1 && written.Figures["spark.tasks"] >= 16);
            // What the first one had begun lies where nobody reads.
            Assert.StartsWith(Target("restarted-2").AbsoluteUri, Assert.Single(written.Files).Address.AbsoluteUri, StringComparison.Ordinal);
            Assert.Single(log.Texts, line => line.Contains("executed anew", StringComparison.Ordinal));
            Assert.Equal(7L, (await session.QueryAsync("select seven from numbers", None, Token))[0]["seven"]);
        }
        finally
        {
            await first.DisposeAsync();
            if (second is not null) await second.DisposeAsync();
        }
    }

    /// <summary>Ends a session as its administrator may. The request has the fields of that to release an execution, as far as they are needed.</summary>
    static async Task EndSessionAsync(SparkServer server, string id)
    {
        var end = new Method<ReleaseExecuteRequest, byte[]>(MethodType.Unary, "spark.connect.SparkConnectService", "ReleaseSession",
            Marshallers.Create(request => request.ToByteArray(), ReleaseExecuteRequest.Parser.ParseFrom), Marshallers.Create(answer => answer, answer => answer));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{server.Port}");
        var user = new UserContext { UserId = SparkAddress.Parse(server.Address).UserId };
        await channel.CreateCallInvoker().AsyncUnaryCall(end, null, new(cancellationToken: Token), new() { SessionId = id, UserContext = user });
    }

    async Task<ISqlSession> OpenAsync(SqlSessionContext context) => await (await spark.EngineAsync()).OpenAsync(context, Token);

    static async Task<IReadOnlyList<EngineProbe>> ProbeAsync(string address, Action<SparkConnectOptions>? configure = null)
    {
        using var engine = SparkFixture.EngineAt(address, configure: configure);
        return await engine.ProbeAsync(Token);
    }

    sealed class Lines : ILogger<SparkConnectEngine>
    {
        public ConcurrentQueue<string> Texts { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Texts.Enqueue(formatter(state, exception));
    }
}
