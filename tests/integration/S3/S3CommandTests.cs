using System.Text.Json;
using Orchestrator.Tests.Integration.Faults;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>Commands of the real program on a bucket: what they say where it works, and where it does not.</summary>
public sealed class S3CommandTests(S3Fixture fixture, PostgresFixture postgres) : IDisposable
{
    readonly DataFolder data = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => data.Dispose();

    [Fact]
    public async Task Doctor_tries_the_bucket_out_and_leaves_nothing()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        var (_, found) = await DoctorAsync(server.EnvironmentOf(S3Server.Root), $"s3://{bucket}/p");
        Assert.True(found.GetProperty("ok").GetBoolean(), found.ToString());
        Assert.Matches($@"^s3://{bucket}/p/: written in \d+ ms, protected from overwriting in \d+ ms, read in \d+ ms, deleted in \d+ ms$", found.GetProperty("found").GetString());
        using var client = server.Client();
        Assert.Empty((await client.ListObjectsV2Async(new() { BucketName = bucket }, Token)).S3Objects ?? []);
    }

    [Fact]
    public async Task Doctor_says_what_is_wrong_with_a_store_and_what_to_do()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        var (code, found) = await DoctorAsync(server.EnvironmentOf(S3Server.Root with { Secret = "not-the-secret" }), $"s3://{bucket}/p");
        Assert.Equal((1, false), (code, found.GetProperty("ok").GetBoolean()));
        Assert.Equal($"The object store s3://{bucket}/p/ does not know these credentials (SignatureDoesNotMatch). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE.",
            found.GetProperty("found").GetString());
        Assert.Contains("AWS_ENDPOINT_URL_S3", found.GetProperty("toDo").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", found.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_does_not_wait_long_for_servers_that_are_not_there_and_says_what_to_do()
    {
        var ports = SharedServer.FreePorts(2);
        using var doctor = OrchestratorProcess.Start(
            new Dictionary<string, string>
            {
                ["AWS_ENDPOINT_URL_S3"] = $"http://127.0.0.1:{ports[0]}", ["AWS_ACCESS_KEY_ID"] = "key", ["AWS_SECRET_ACCESS_KEY"] = "secret",
                ["ORCHESTRATOR_ENGINE"] = "spark", ["ORCHESTRATOR_SPARK"] = $"sc://127.0.0.1:{ports[1]}",
            },
            "doctor", "--json", "--data", data.Path, "--postgres", await postgres.CreateDatabaseAsync(), "--store", "s3://sales/p");
        var ended = await doctor.EndAsync();
        Assert.Equal(1, ended.ExitCode);
        var findings = JsonElement.Parse(ended.Output).EnumerateArray().Where(finding => !finding.GetProperty("ok").GetBoolean()).ToDictionary(finding => finding.GetProperty("check").GetString()!);
        Assert.Equal(["object store", "spark"], findings.Keys.Order());
        Assert.StartsWith($"The Spark Connect server at sc://127.0.0.1:{ports[1]} did not answer for 5 s: Connection refused", findings["spark"].GetProperty("found").GetString(), StringComparison.Ordinal);
        Assert.Matches("^The object store at s3://sales/p/ failed to store 'doctor/.*': Connection refused", findings["object store"].GetProperty("found").GetString());
        Assert.Contains("AWS_ENDPOINT_URL_S3", findings["object store"].GetProperty("toDo").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vacuum_says_what_goes_and_then_removes_objects_and_uploads()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync();
        using var client = server.Client();
        var run = Guid.CreateVersion7();
        await client.PutObjectAsync(new() { BucketName = bucket, Key = $"p/raw/sales/month=2026-10/{run:n}-A1-1/part-00000.parquet", ContentBody = "content" }, Token);
        await client.PutObjectAsync(new() { BucketName = bucket, Key = "p/notes/of/a/person.txt", ContentBody = "content" }, Token);
        await client.PutObjectAsync(new() { BucketName = bucket, Key = $"elsewhere/raw/sales/{run:n}-A1-1/part-00000.parquet", ContentBody = "content" }, Token);
        var upload = await client.InitiateMultipartUploadAsync(bucket, $"p/raw/sales/month=2026-10/{run:n}-A1-2/part-00000.parquet", Token);
        var database = await postgres.CreateDatabaseAsync();
        string[] common = ["--data", data.Path, "--postgres", database, "--store", $"s3://{bucket}/p"];
        var environment = server.EnvironmentOf(S3Server.Root);

        var young = await CommandAsync(environment, ["vacuum", "--dry-run", .. common]);
        Assert.Equal($"0 files, 0 B, would be removed.{Environment.NewLine}", young.Output);
        var dry = await CommandAsync(environment, ["vacuum", "--dry-run", "--grace", "0", .. common]);
        Assert.Contains($"raw/sales/month=2026-10/{run:n}-A1-1/part-00000.parquet  7 B", dry.Output, StringComparison.Ordinal);
        Assert.Contains("2 files, 7 B, would be removed.", dry.Output, StringComparison.Ordinal);
        Assert.Equal(3, (await client.ListObjectsV2Async(new() { BucketName = bucket }, Token)).S3Objects.Count);

        var real = await CommandAsync(environment, ["vacuum", "--grace", "0", .. common]);
        Assert.Equal($"2 files, 7 B, removed.{Environment.NewLine}", real.Output);
        Assert.Equal([$"elsewhere/raw/sales/{run:n}-A1-1/part-00000.parquet", "p/notes/of/a/person.txt"],
            (await client.ListObjectsV2Async(new() { BucketName = bucket }, Token)).S3Objects.Select(left => left.Key));
        var open = await client.ListMultipartUploadsAsync(new Amazon.S3.Model.ListMultipartUploadsRequest { BucketName = bucket }, Token);
        Assert.DoesNotContain(open.MultipartUploads ?? [], left => left.UploadId == upload.UploadId);
    }

    [Fact]
    public async Task A_run_on_a_store_that_refuses_it_fails_with_the_cause_and_shows_nothing()
    {
        var server = await fixture.ServerAsync();
        var bucket = await server.CreateBucketAsync("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["reader"]},"Action":["s3:GetObject"],"Resource":["arn:aws:s3:::BUCKET/*"]}]}""");
        var database = await postgres.CreateDatabaseAsync();
        var ended = await CommandAsync(server.EnvironmentOf(S3Server.Reader),
            "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=500", "--json", "--data", data.Path, "--postgres", database, "--store", $"s3://{bucket}/p");
        Assert.Equal(1, ended.ExitCode);
        var run = JsonElement.Parse(ended.Output);
        Assert.Equal(("Failed", "store.read_only"), (run.GetProperty("status").GetString(), run.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("0 0", await Verdict.ScalarAsync(database, "select (select count(*) from orchestrator.materialization) || ' ' || (select count(*) from sales.fact_sales)"));
    }

    [Fact]
    public async Task A_month_goes_on_when_its_store_comes_back()
    {
        var folder = Directory.CreateTempSubdirectory("orchestrator-s3-away-").FullName;
        try
        {
            using var server = await S3Server.StartAsync(folder);
            var bucket = await server.CreateBucketAsync();
            var database = await postgres.CreateDatabaseAsync();
            using var process = OrchestratorProcess.Start(server.EnvironmentOf(S3Server.Root),
                "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=20000", "--data", data.Path, "--postgres", database, "--store", $"s3://{bucket}/p");
            await process.WaitForAsync("Generate sales: Succeeded");
            await server.BeAwayAsync(TimeSpan.FromSeconds(2));
            await process.WaitForAsync("Build star schema: Succeeded");
            await server.BeAwayAsync(TimeSpan.FromSeconds(1));
            var ended = await process.EndAsync();
            Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
            Assert.StartsWith("facts:20000:", await Verdict.TablesAsync(database), StringComparison.Ordinal);
            Assert.Equal("", await Verdict.DoubledAsync(database));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    async Task<(int Code, JsonElement Store)> DoctorAsync(IReadOnlyDictionary<string, string> environment, string store)
    {
        var ended = await CommandAsync(environment, "doctor", "--json", "--data", data.Path, "--postgres", await postgres.CreateDatabaseAsync(), "--store", store);
        return (ended.ExitCode, Assert.Single(JsonElement.Parse(ended.Output).EnumerateArray(), finding => finding.GetProperty("check").GetString() == "object store"));
    }

    static async Task<OrchestratorProcess.Result> CommandAsync(IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        using var process = OrchestratorProcess.Start(environment, arguments);
        return await process.EndAsync();
    }
}
