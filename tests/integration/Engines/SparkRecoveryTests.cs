using System.Text.RegularExpressions;
using Orchestrator.Tests.Integration.Faults;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>The real program is killed or told to stop while Spark works for it. Spark's store is far away here, so that there is time.</summary>
[Collection("Spark")]
public sealed class SparkRecoveryTests(SparkFixture spark, PostgresFixture postgres)
{
    static readonly TimeSpan Distance = TimeSpan.FromMilliseconds(400);
    static readonly string[] Month = ["monthly-sales", "--partition", "2026-10", "--input", "rows=2000"];

    static readonly Dictionary<string, string> Impatient = new() { ["Runs__Lease"] = "00:00:05", ["Runs__Heartbeat"] = "00:00:00.500" };

    [Fact]
    public async Task Run_that_was_killed_while_Spark_works_goes_on_with_the_same_operation()
    {
        using var embedded = await MonthsAsync(null);
        await embedded.RunAsync(Month);
        using var months = await MonthsAsync(await spark.AddressAsync());

        var left = await KillWhileSparkWritesAsync(months);
        var said = await GoOnAsync(months);

        Assert.Contains($"Went on with Spark's operation {left.Operation}", said, StringComparison.Ordinal);
        Assert.DoesNotContain("executed anew", said, StringComparison.Ordinal);
        // The folder of the attempt that was killed is the only one, and what readers see.
        Assert.Equal(left.Key.TrimEnd('/'), await LocationAsync(months));
        Assert.Equal(Path.GetFileName(left.Key.TrimEnd('/')), Assert.Single(FoldersBeside(months, left)));
        Assert.Equal(await embedded.TablesAsync(), await months.TablesAsync());
    }

    [Fact]
    public async Task Run_whose_Spark_server_was_killed_with_it_executes_the_model_anew_elsewhere()
    {
        using var embedded = await MonthsAsync(null);
        await embedded.RunAsync(Month);
        var first = await SparkServer.ConnectAsync(memory: "1g", settings: await spark.StoreSettingsAsync());
        SparkServer? second = null;
        try
        {
            using var months = await MonthsAsync(first.Address);

            var left = await KillWhileSparkWritesAsync(months, first.KillAsync);
            second = await SparkServer.ConnectAsync(port: first.Port, memory: "1g", settings: await spark.StoreSettingsAsync());
            var said = await GoOnAsync(months);

            Assert.Matches($"Spark's operation {Regex.Escape(left.Operation)}, which an earlier process had begun, cannot be gone on with: .* It is executed anew", said);
            Assert.NotEqual(left.Key.TrimEnd('/'), await LocationAsync(months));
            Assert.False(File.Exists(Path.Combine(months.FileOf(left.Key), "_SUCCESS")));
            Assert.Equal(await embedded.TablesAsync(), await months.TablesAsync());
        }
        finally
        {
            await first.DisposeAsync();
            if (second is not null) await second.DisposeAsync();
        }
    }

    [Fact]
    public async Task Run_that_is_cancelled_while_Spark_works_publishes_nothing()
    {
        using var months = await MonthsAsync(await spark.AddressAsync());
        var way = await spark.WayAsync();
        await way.DelayAsync(Distance);
        SparkWrite write;
        try
        {
            using var run = months.Start(Impatient, ["run", .. Month]);
            write = await months.BegunWriteAsync("star/dim_customer");
            run.Signal("INT");
            var ended = await run.EndAsync();
            Assert.Equal(130, ended.ExitCode);
            Assert.Contains("Cancelled after", ended.Output, StringComparison.Ordinal);
        }
        finally
        {
            await way.HealAsync();
        }
        // What Spark had begun lies where nobody reads, without its last file.
        Assert.False(File.Exists(Path.Combine(months.FileOf(write.Key), "_SUCCESS")));
        Assert.Equal("0", await Verdict.ScalarAsync(months.Database, "select count(*)::text from orchestrator.materialization where asset = 'dim_customer'"));
    }

    async Task<SparkWrite> KillWhileSparkWritesAsync(BucketMonths months, Func<Task>? alsoKill = null)
    {
        var way = await spark.WayAsync();
        await way.DelayAsync(Distance);
        try
        {
            using var run = months.Start(Impatient, ["run", .. Month]);
            var write = await months.BegunWriteAsync("star/dim_customer");
            run.Signal("KILL");
            await run.EndAsync();
            if (alsoKill is not null) await alsoKill();
            return write;
        }
        finally
        {
            await way.HealAsync();
        }
    }

    /// <summary>Has a worker take over what was left.</summary>
    /// <returns>All that it says.</returns>
    static async Task<string> GoOnAsync(BucketMonths months)
    {
        using var worker = months.Start(Impatient, "serve", "--roles", "worker");
        await Eventually.IsAsync("the run to end", async () => await Verdict.ScalarAsync(months.Database, "select status from orchestrator.run") is "Succeeded" or "Failed");
        worker.Signal("INT");
        var ended = await worker.EndAsync();
        var said = ended.Output + ended.Error;
        Assert.True(await Verdict.ScalarAsync(months.Database, "select status from orchestrator.run") == "Succeeded", said);
        return said;
    }

    static Task<string> LocationAsync(BucketMonths months) =>
        Verdict.ScalarAsync(months.Database, "select rtrim(location, '/') from orchestrator.materialization where asset = 'dim_customer' and is_current");

    static IEnumerable<string> FoldersBeside(BucketMonths months, SparkWrite write) =>
        Directory.EnumerateDirectories(Path.GetDirectoryName(months.FileOf(write.Key).TrimEnd('/'))!).Select(folder => Path.GetFileName(folder));

    async Task<BucketMonths> MonthsAsync(string? address) => new(await spark.StoreAsync(), SparkFixture.FarBucket, await postgres.CreateDatabaseAsync(), address);
}
