using System.Text.Json;
using Orchestrator.Tests.Integration.Faults;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>A whole month through the real program, its files in a bucket.</summary>
public sealed class S3MonthTests(S3Fixture fixture, PostgresFixture postgres) : IDisposable
{
    const string Month = "2026-10";
    readonly DataFolder data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public async Task A_month_in_a_bucket_is_the_same_as_in_a_folder()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        var (inFolder, inBucket) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());
        using var other = new DataFolder();
        await RunAsync(new Dictionary<string, string>(), inFolder, "--data", other.Path);

        var run = await RunAsync(server.EnvironmentOf(S3Server.Root), inBucket, "--data", data.Path, "--store", $"s3://{bucket}/platform");

        Assert.Equal(await Verdict.TablesAsync(inFolder), await Verdict.TablesAsync(inBucket));
        Assert.Equal(await FilesAsync(inFolder), await FilesAsync(inBucket));
        // One listing for each materialization of several files that is sealed, none by those who read.
        var sealedCount = int.Parse(await Verdict.ScalarAsync(inBucket, "select count(*)::text from orchestrator.materialization where location not like 'postgres:%' and location not like 'export/%' and location not like 'report/%' and json_array_length(files) > 0"), null);
        var listings = (await server.CallsAsync()).Where(call => call.IsListing && call.Path.Trim('/') == bucket).ToList();
        Assert.Equal(sealedCount, listings.Count);
        Assert.Equal(listings.Count, listings.Select(call => call.Query).Distinct().Count());
        Assert.Contains("UploadPartitions1", run, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(data.Path, "work"), "*", SearchOption.AllDirectories), file => file.EndsWith(".parquet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_store_may_be_an_environment_variable_or_a_setting_and_the_summary_names_it()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        foreach (var variable in new[] { "ORCHESTRATOR_STORE", "Store__Address" })
        {
            using var folder = new DataFolder();
            var environment = new Dictionary<string, string>(server.EnvironmentOf(S3Server.Root)) { [variable] = $"s3://{bucket}/{variable}" };
            using var run = OrchestratorProcess.Start(environment, "run", "monthly-sales", "--partition", Month, "--input", "rows=500", "--data", folder.Path);
            var ended = await run.EndAsync();
            Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
            Assert.Contains($"Store s3://{bucket}/{variable}/", ended.Output, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(folder.Path, "store")));
        }
    }

    [Theory]
    [InlineData("s3://", "is not a bucket and a prefix.")]
    [InlineData("s3://Bad_Bucket/x", "is not a bucket and a prefix.")]
    [InlineData("s3://bucket/a//b", "is not a bucket and a prefix.")]
    [InlineData("s3://AKIAEXAMPLE:verysecret@bucket/x", "An s3: address holds no keys.")]
    [InlineData("s3://AKIAEXAMPLE:very/secret@bucket", "")]
    [InlineData("https://bucket.s3.amazonaws.com/x", "is not an object store.")]
    public async Task An_address_that_is_no_store_is_refused_with_what_to_write(string address, string reason)
    {
        var ended = await OrchestratorProcess.RunAsync("runs", "list", "--data", data.Path, "--store", address);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains(reason, ended.Error, StringComparison.Ordinal);
        Assert.Contains("s3://bucket/prefix", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret@", ended.Output + ended.Error, StringComparison.Ordinal);
    }

    static async Task<string> RunAsync(IReadOnlyDictionary<string, string> environment, string database, params IEnumerable<string> arguments)
    {
        using var run = OrchestratorProcess.Start(environment,
            ["run", "monthly-sales", "--partition", Month, "--input", "rows=20000", "--input", "customers=500", "--json", "--postgres", database, .. arguments]);
        var ended = await run.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Equal("Succeeded", JsonElement.Parse(ended.Output).GetProperty("status").GetString());
        return ended.Output;
    }

    /// <summary>Bytes and hashes of the files, without the run in their names.</summary>
    static Task<string> FilesAsync(string database) => Verdict.ScalarAsync(database, """
        select coalesce(string_agg(asset || ' ' || (file ->> 'bytes') || ' ' || (file ->> 'sha256'), E'\n' order by asset, file ->> 'sha256'), '')
        from orchestrator.materialization, json_array_elements(files) as file where asset like 'raw/%' or asset like 'export/%'
        """);
}
