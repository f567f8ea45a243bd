namespace Orchestrator.Tests.Integration.Engines;

/// <summary>A standalone cluster: a master, two workers with a core each, and the Connect server whose application they execute.</summary>
[Collection("Spark")]
public sealed class SparkClusterTests(SparkFixture spark, PostgresFixture postgres)
{
    static readonly string[] Month = ["monthly-sales", "--partition", "2026-10", "--input", "rows=20000"];

    [Fact]
    public async Task Month_on_a_cluster_that_loses_a_worker_in_the_middle_gives_the_same_tables()
    {
        var (store, way) = (await spark.StoreAsync(), await spark.WayAsync());
        using var embedded = new BucketMonths(store, SparkFixture.FarBucket, await postgres.CreateDatabaseAsync(), null);
        await embedded.RunAsync(Month);
        await using var master = await SparkServer.MasterAsync();
        var workers = await Task.WhenAll(SparkServer.WorkerAsync(master), SparkServer.WorkerAsync(master));
        await using var lost = workers[0];
        await using var kept = workers[1];
        await using var connect = await SparkServer.ConnectAsync(master.Master, memory: "1g", settings: [.. await spark.StoreSettingsAsync(), "spark.executor.memory=600m"]);
        using var months = new BucketMonths(store, SparkFixture.FarBucket, await postgres.CreateDatabaseAsync(), connect.Address);
        await way.DelayAsync(TimeSpan.FromMilliseconds(200));
        OrchestratorProcess.Result ended;
        using (var run = months.Start(new Dictionary<string, string>(), ["run", .. Month]))
        {
            try
            {
                await months.BegunWriteAsync("star/dim_customer");
                await lost.KillAsync();
            }
            finally
            {
                await way.HealAsync();
            }
            ended = await run.EndAsync();
        }
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Contains(ended.Lines, line => line.StartsWith("Engine Spark 4.2.0, application app-", StringComparison.Ordinal));
        await Eventually.IsAsync("Spark to notice that a worker is lost", () => connect.Log.Contains("Lost executor", StringComparison.Ordinal));
        Assert.Equal(await embedded.TablesAsync(), await months.TablesAsync());
    }
}
