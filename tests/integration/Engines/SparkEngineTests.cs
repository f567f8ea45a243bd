using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>Models' engine on a Spark server, beside what every engine does.</summary>
public sealed class SparkEngineTests(SparkFixture spark) : EngineContract
{
    [Fact]
    public async Task What_is_written_can_be_read_by_another_session()
    {
        WrittenTable written;
        await using (var session = await OpenAsync())
        {
            await session.DefineViewAsync("numbers", "select id from range(10)", Token);
            written = await session.WriteAsync(
                "select cast(id as int) as number, 'text' as word, cast(1.5 as decimal(18, 2)) as money, :day as day, id > 5 as is_high, id as big, date '0001-01-01' as first from numbers",
                new Dictionary<string, object?> { ["day"] = new DateOnly(2026, 10, 1) }, Target("a"), Token);
            Assert.Equal(10, written.Rows);
            Assert.Equal(
                [new("number", "int"), new("word", "text"), new("money", "decimal(18,2)"), new("day", "date"), new("is_high", "boolean"), new("big", "bigint"), new("first", "date")],
                written.Columns);
            Assert.All(written.Files, file => Assert.Equal(new FileInfo(file.Address.LocalPath).Length, file.Bytes));
            Assert.Equal(10, written.Files.Sum(file => file.Rows));
        }
        await using var reader = await OpenAsync();
        await reader.CreateViewAsync("a", [.. written.Files.Select(file => file.Address)], written.Columns, Token);
        var rows = await reader.QueryAsync(
            "select sum(number) as sum, max(word) as word, max(money) as money, max(day) as day, count(*) as many, cast(null as int) as nothing, min(first) as first from a", None, Token);
        Assert.Equal([45L, "text", 1.5m, new DateOnly(2026, 10, 1), 10L, null, new DateOnly(1, 1, 1)], Assert.Single(rows).Values);
    }

    [Fact]
    public async Task Name_stands_for_what_it_was_given_last_and_a_view_for_what_it_read_then()
    {
        await using var session = await OpenAsync();
        await session.DefineViewAsync("numbers", "select 1 as number", Token);
        await session.DefineViewAsync("doubled", "select number * 2 as number from numbers", Token);
        await session.MaterializeAsync("numbers", "select :number as number", new Dictionary<string, object?> { ["number"] = 2 }, Token);
        Assert.Equal(2L, (await session.QueryAsync("with a as (select number from numbers) select number from a", None, Token))[0]["number"]);
        Assert.Equal(2L, (await session.QueryAsync("select number from doubled", None, Token))[0]["number"]);
        await session.DefineViewAsync("numbers", "select 3 as number", Token);
        Assert.Equal(3L, (await session.QueryAsync("select number from numbers", None, Token))[0]["number"]);
    }

    [Fact]
    public async Task Cancelling_ends_the_query_on_the_server_within_two_seconds()
    {
        await using var session = await OpenAsync();
        using var cancellation = new CancellationTokenSource();
        var clock = new Stopwatch();
        var begun = new TaskCompletionSource();
        await using var slow = await OpenAsync(new SqlSessionContext(Folder) { OnProgress = _ => begun.TrySetResult() });
        var query = slow.QueryAsync(
            "select count(*) as many from range(1000000) as a cross join range(1000000) as b where a.id * b.id % 7 = 3", None, cancellation.Token);
        await begun.Task.InTimeAsync();
        clock.Start();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => query);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2.3));
        // Both of its cores are free again.
        Assert.Equal(4_999_950_000L, (await session.QueryAsync("select sum(id) as sum from range(0, 100000, 1, 2)", None, Token).WaitAsync(TimeSpan.FromSeconds(30), Token))[0]["sum"]);
    }

    [Theory]
    [InlineData("select nobody from range(1)", "sql.failed", "UNRESOLVED_COLUMN.WITH_SUGGESTION", "SQLSTATE: 42703", "At: nobody")]
    [InlineData("select id from nothing", "sql.failed", "TABLE_OR_VIEW_NOT_FOUND", "SQLSTATE: 42P01", "At: nothing")]
    [InlineData("select 1 div (id - 5) as x from range(10)", "sql.failed", "DIVIDE_BY_ZERO", "SQLSTATE: 22012", "At: 1 div (id - 5)")]
    [InlineData("select cast('abc' as int) as x", "sql.failed", "CAST_INVALID_INPUT", "SQLSTATE: 22018", "At: cast('abc' as int)")]
    [InlineData("selec 1", "sql.failed", "PARSE_SYNTAX_ERROR", "SQLSTATE: 42601", "")]
    [InlineData("select * from parquet.`/nothing/there.parquet`", "sql.failed", "PATH_NOT_FOUND", "SQLSTATE: 42K03", "/nothing/there.parquet")]
    [InlineData("select array(1) as x", "sql.unsupported_type", "list", "", "")]
    [InlineData("select cast(1e30 as decimal(38, 0)) as x", "sql.unsupported_type", "decimal(38,0)", "", "")]
    public async Task Failure_has_Sparks_class_SQLSTATE_and_the_part_of_the_query(string sql, string code, string errorClass, string state, string at)
    {
        await using var session = await OpenAsync();
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync(sql, None, Token));
        Assert.Equal((code, false), (failure.Code, failure.IsRetryable));
        Assert.All([errorClass, state, at], part => Assert.Contains(part, failure.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task Missing_parameter_is_named()
    {
        await using var session = await OpenAsync();
        var missing = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select :day as day", new Dictionary<string, object?> { ["month"] = 1 }, Token));
        Assert.Equal(("sql.missing_parameter", "The query uses ':day', but it was given only month."), (missing.Code, missing.Message));
    }

    [Fact]
    public async Task Bucket_that_Spark_cannot_reach_names_the_settings_of_its_server()
    {
        await using var session = await OpenAsync();
        await session.CreateViewAsync("sales", [new("s3://bucket/sales.parquet")], [new("id", "int")], Token);
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select id from sales", None, Token));
        Assert.Equal(("sql.no_access", false), (failure.Code, failure.IsRetryable));
        Assert.Contains("spark.hadoop.fs.s3a.access.key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_only_Spark_sees_is_not_taken_for_written()
    {
        using var engine = SparkFixture.EngineAt(await spark.AddressAsync(), new Elsewhere());
        await using var session = await engine.OpenAsync(Folder, Token);
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.WriteAsync("select 1 as one", None, Target("elsewhere"), Token));
        Assert.Equal(("spark.store_not_shared", false), (failure.Code, failure.IsRetryable));
    }

    [Fact]
    public async Task Result_of_a_million_rows_comes_whole()
    {
        await using var session = await OpenAsync();
        var rows = await session.QueryAsync("select id, cast(id as decimal(18, 2)) as money, cast(id as string) as word from range(1000000)", None, Token);
        Assert.Equal(1_000_000, rows.Count);
        Assert.Equal(499_999_500_000L, rows.Sum(row => (long)row["id"]!));
        Assert.Equal(499_999_500_000m, rows.Sum(row => (decimal)row["money"]!));
    }

    [Fact]
    public async Task Answer_larger_than_a_message_may_be_says_which_settings_to_raise()
    {
        using var engine = SparkFixture.EngineAt(await spark.AddressAsync(), configure: options => options.MessageSizeMiB = 1);
        await using var session = await engine.OpenAsync(Folder, Token);
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select repeat('x', 3000000) as long", None, Token));
        Assert.Equal(("spark.message_too_large", false), (failure.Code, failure.IsRetryable));
        Assert.Contains("Spark:Connect:MessageSizeMiB", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_learns_version_application_session_and_query()
    {
        var probes = await (await spark.EngineAsync()).ProbeAsync(Token);
        Assert.Equal(["spark session", "spark query"], probes.Select(probe => probe.Check));
        Assert.Matches(@"^Spark 4\.2\.0, application local-\d+, at sc://127\.0\.0\.1:\d+$", probes[0].Found);
    }

    [Fact]
    public async Task Server_that_is_not_there_is_waited_for_and_then_named()
    {
        using var engine = SparkFixture.EngineAt($"sc://127.0.0.1:{SharedServer.FreePorts(1)[0]}", configure: options => options.Outage = TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => engine.OpenAsync(Folder, Token));
        Assert.Equal(("spark.unreachable", true), (failure.Code, failure.IsRetryable));
        Assert.Contains("--spark", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_does_not_speak_Spark_Connect_is_said_to_be_another_one()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var other = builder.Build();
        await other.StartAsync(Token);
        using var engine = SparkFixture.EngineAt($"sc://{new Uri(other.Urls.First()).Authority}", configure: options => options.Outage = TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => engine.OpenAsync(Folder, Token));
        Assert.Equal(("spark.unreachable", false), (failure.Code, failure.IsRetryable));
        Assert.Contains("is no Spark Connect server", failure.Message, StringComparison.Ordinal);
    }

    protected override Task<ISqlSession> OpenAsync() => OpenAsync(new SqlSessionContext(Folder));

    async Task<ISqlSession> OpenAsync(SqlSessionContext context) => await (await spark.EngineAsync()).OpenAsync(context, Token);

    sealed class Elsewhere : IFileStaging
    {
        public IReadOnlyList<string> Folders => [];

        public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Uri>?>(null);
    }
}
