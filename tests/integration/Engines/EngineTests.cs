using System.Diagnostics;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>Models' engine in this process, beside what every engine does.</summary>
public sealed class EngineTests : EngineContract
{
    [Fact]
    public async Task What_is_written_can_be_read_by_another_session()
    {
        await using (var session = await OpenAsync())
        {
            var written = await session.WriteAsync(
                "select cast(range as int) as number, 'text' as word, cast(1.5 as decimal(18, 2)) as money, :day as day, range > 5 as is_high from range(10)",
                new Dictionary<string, object?> { ["day"] = new DateOnly(2026, 10, 1) }, Target("a"), Token);
            Assert.Equal(10, written.Rows);
            Assert.Equal([new("number", "int"), new("word", "text"), new("money", "decimal(18,2)"), new("day", "date"), new("is_high", "boolean")], written.Columns);
            var file = Assert.Single(written.Files);
            Assert.Equal((10L, new FileInfo(file.Address.LocalPath).Length, "part-00000.parquet"), (file.Rows, file.Bytes, Path.GetFileName(file.Address.LocalPath)));
        }
        await using var reader = await OpenAsync();
        await reader.CreateViewAsync("a", [new(Target("a"), "part-00000.parquet")], [], Token);
        var rows = await reader.QueryAsync("select sum(number) as sum, max(word) as word, max(money) as money, max(day) as day, count(*) as many, null as nothing from a", None, Token);
        Assert.Equal([45L, "text", 1.5m, new DateOnly(2026, 10, 1), 10L, null], Assert.Single(rows).Values);
    }

    [Fact]
    public async Task Paths_are_no_patterns_and_give_no_columns()
    {
        await using var session = await OpenAsync();
        await session.WriteAsync("select 1 as month", None, Target("a1{b}/month=9"), Token);
        await session.WriteAsync("select 2 as month", None, Target("a[1]{b}/month=9"), Token);
        await session.CreateViewAsync("a", [new(Target("a[1]{b}/month=9"), "part-00000.parquet")], [], Token);
        Assert.Equal(2L, Assert.Single(await session.QueryAsync("select * from a", None, Token))["month"]);
    }

    [Fact]
    public async Task Name_can_be_taken_by_a_view_and_a_table_in_turn()
    {
        await using var session = await OpenAsync();
        await session.DefineViewAsync("numbers", "select 1 as number", Token);
        await session.MaterializeAsync("numbers", "select :number as number", new Dictionary<string, object?> { ["number"] = 2 }, Token);
        Assert.Equal(2L, (await session.QueryAsync("select number from numbers", None, Token))[0]["number"]);
        await session.DefineViewAsync("numbers", "select 3 as number", Token);
        Assert.Equal(3L, (await session.QueryAsync("select number from numbers", None, Token))[0]["number"]);
    }

    [Fact]
    public async Task Large_table_is_cut_into_files()
    {
        await using var session = await OpenAsync(fileSizeMiB: 1);
        var written = await session.WriteAsync("select range as number, hash(range) as noise from range(1000000)", None, Target("large"), Token);
        Assert.InRange(written.Files.Count, 3, 30);
        Assert.Equal(1_000_000, written.Rows);
        Assert.All(written.Files, file => Assert.InRange(file.Bytes, 1, 4 << 20));
        Assert.Equal(written.Files.Count, written.Files.Select(file => file.Address).Distinct().Count());
    }

    [Fact]
    public async Task Cancelling_ends_a_running_query_within_two_seconds()
    {
        await using var session = await OpenAsync();
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var clock = Stopwatch.StartNew();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.QueryAsync(
            "select count(*) as many from range(1000000) as a cross join range(1000000) as b where a.range * b.range % 7 = 3", None, cancellation.Token));
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2.3));
        Assert.Equal(1L, (await session.QueryAsync("select 1 as one", None, Token))[0]["one"]);
    }

    [Fact]
    public async Task Query_beyond_its_memory_spills_to_the_scratch_folder()
    {
        await using var session = await OpenAsync(memoryMiB: 64);
        var written = await session.WriteAsync("select range as number, cast(hash(range) as varchar) as word from range(3000000) order by word", None, Target("sorted"), Token);
        Assert.Equal(3_000_000, written.Rows);
    }

    [Fact]
    public async Task Query_that_cannot_spill_says_that_memory_is_too_small()
    {
        await using var session = await OpenAsync(memoryMiB: 64);
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select length(string_agg(cast(range as varchar), '')) as n from range(30000000)", None, Token));
        Assert.Equal(("sql.out_of_memory", false), (failure.Code, failure.IsRetryable));
        Assert.Contains("64 MiB", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select * from read_text('/etc/hostname')")]
    [InlineData("select * from read_csv('/etc/passwd')")]
    [InlineData("select * from '/etc/passwd'")]
    [InlineData("copy (select 1) to '/tmp/orchestrator-engine-leak.csv'")]
    [InlineData("attach '/tmp/orchestrator-engine-leak.db'")]
    [InlineData("install httpfs")]
    [InlineData("load httpfs")]
    [InlineData("select * from 'https://localhost/a.parquet'")]
    [InlineData("set enable_external_access = true")]
    [InlineData("set memory_limit = '100GB'")]
    public async Task Session_reaches_nothing_that_it_was_not_handed(string sql)
    {
        await using var session = await OpenAsync();
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync(sql, None, Token));
        Assert.Contains(failure.Code, new[] { "sql.no_access", "sql.failed", "sql.io_failed" });
        Assert.False(File.Exists("/tmp/orchestrator-engine-leak.csv") || File.Exists("/tmp/orchestrator-engine-leak.db"));
    }

    [Fact]
    public async Task Folder_reached_by_a_link_is_still_readable()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "real"));
        Directory.CreateSymbolicLink(Path.Combine(Folder, "store"), Path.Combine(Folder, "real"));
        await using var session = await OpenAsync();
        var written = await session.WriteAsync("select 1 as one", None, Target("linked"), Token);
        await session.CreateViewAsync("linked", [written.Files[0].Address], [], Token);
        Assert.Single(await session.QueryAsync("select one from linked", None, Token));
    }

    [Fact]
    public async Task Broken_query_and_missing_parameter_say_what_is_wrong()
    {
        await using var session = await OpenAsync();
        var broken = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select nobody from nothing", None, Token));
        Assert.Equal(("sql.failed", false), (broken.Code, broken.IsRetryable));
        Assert.Equal("The query failed: Catalog Error: Table with name nothing does not exist!.", broken.Message);
        var missing = await Assert.ThrowsAsync<SqlEngineException>(() => session.QueryAsync("select :day as day", new Dictionary<string, object?> { ["month"] = 1 }, Token));
        Assert.Equal(("sql.missing_parameter", "The query uses ':day', but it was given only month."), (missing.Code, missing.Message));
    }

    [Fact]
    public async Task Half_a_file_is_refused_and_named()
    {
        await using var session = await OpenAsync();
        var written = await session.WriteAsync("select range as number from range(100000)", None, Target("whole"), Token);
        var path = written.Files[0].Address.LocalPath;
        await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path, Token)).AsMemory(0, 1000), Token);
        var failure = await Assert.ThrowsAsync<SqlEngineException>(() => session.CreateViewAsync("half", [written.Files[0].Address], [], Token));
        Assert.Equal("sql.failed", failure.Code);
        Assert.Contains("part-00000.parquet", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_leaves_nothing_in_its_scratch_folder()
    {
        await using (var session = await OpenAsync()) await session.WriteAsync("select 1 as one", None, Target("left"), Token);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Folder, "scratch")));
    }

    protected override Task<ISqlSession> OpenAsync() => OpenAsync(memoryMiB: 512);

    Task<ISqlSession> OpenAsync(int memoryMiB = 512, int fileSizeMiB = 240)
    {
        var options = new DuckDbOptions { MemoryLimitMiB = memoryMiB, Threads = 2, FileSizeMiB = fileSizeMiB };
        return new DuckDbEngine(new FolderStaging(Path.Combine(Folder, "store")), Options.Create(options), TimeProvider.System).OpenAsync(Path.Combine(Folder, "scratch"), Token);
    }

    sealed class FolderStaging(string store) : IFileStaging
    {
        public IReadOnlyList<string> Folders => [store];

        public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) => Task.FromResult(address.LocalPath);

        public Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(address.LocalPath)!);
            File.Move(localPath, address.LocalPath);
            return Task.FromResult("");
        }

        public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
