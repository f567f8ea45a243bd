using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>Months through the real program with their files in a bucket and their models on Spark, as a user asks for them.</summary>
[Collection("Spark")]
public sealed class SparkPipelineTests(SparkFixture spark, PostgresFixture postgres) : IDisposable
{
    readonly DataFolder data = new();

    public void Dispose() => data.Dispose();

    [Fact]
    public async Task Million_generated_sales_and_a_month_that_comes_late_give_the_same_tables_on_both_engines()
    {
        using var embedded = await MonthsAsync(onSpark: false);
        using var onSpark = await MonthsAsync(onSpark: true);
        foreach (var (month, rows) in new[] { ("2026-10", 1_000_000), ("2026-09", 20_000) })
        {
            foreach (var months in new[] { embedded, onSpark })
                Assert.Equal(rows, (await months.RunAsync("monthly-sales", "--partition", month, "--input", $"rows={rows}")).GetProperty("rows").GetProperty("loaded").GetInt64());
        }
        var tables = await onSpark.TablesAsync();
        Assert.Equal(await embedded.TablesAsync(), tables);
        Assert.Contains("fact_sales 2026-10-01: 1000000 rows", tables, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Imported_months_of_real_data_give_the_same_tables_on_both_engines()
    {
        var journey = RequiredData.Folder("complete-journey");
        using var embedded = await MonthsAsync(onSpark: false);
        using var onSpark = await MonthsAsync(onSpark: true);
        foreach (var month in new[] { "2017-02", "2017-01" })
        {
            foreach (var months in new[] { embedded, onSpark })
            {
                await months.RunAsync("import-sales", "--partition", month, "--input", $"source={Path.Combine(journey, $"transactions-{month}.parquet")}",
                    "--input", $"mapping=@{Path.Combine(Repository.Root, "workflows", "mappings", "complete-journey.json")}");
            }
        }
        Assert.Equal(await embedded.TablesAsync(), await onSpark.TablesAsync());
    }

    [Fact]
    public async Task Summary_names_the_engine_with_its_application_and_the_store()
    {
        using var months = await MonthsAsync(onSpark: true);
        using var run = months.Start(new Dictionary<string, string>(), "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=500");
        var ended = await run.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Contains($"Store {months.Store}", ended.Lines);
        Assert.Single(ended.Lines, line => Regex.IsMatch(line, @"^Engine Spark 4\.2\.0, application local-\d+$"));
    }

    [Fact]
    public async Task Month_on_S3_and_Spark_is_read_back_from_Jaeger_as_the_tree_of_its_run()
    {
        using var jaeger = await JaegerServer.StartAsync();
        using var months = await MonthsAsync(onSpark: true);
        using var process = months.Start(
            new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = jaeger.Collector.ToString(), ["Telemetry__TraceUrlTemplate"] = jaeger.TraceUrlTemplate },
            "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=2000", "--json");
        var ended = await process.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        var run = JsonElement.Parse(ended.Output);

        var trace = await jaeger.ReadAsync(new(run.GetProperty("traceUrl").GetString()!), "orchestrator run");

        Assert.Equal("orchestrator run", Assert.Single(trace.Spans, span => span.Parent is null).Name);
        Assert.DoesNotContain(trace.Spans, span => span.Parent is { } parent && trace.Spans.All(above => above.Id != parent));
        Assert.Equal(
            run.GetProperty("activities").EnumerateArray().Select(activity => $"activity {activity.GetProperty("type")}").Order(),
            trace.Below(trace.Single("run monthly-sales")).Where(span => span.Name != "commit").Select(span => span.Name).Order());
        var write = Assert.Single(trace.Below(trace.Single("sql fact_sales")), span => span.Name == "spark write");
        Assert.Equal(months.Store, run.GetProperty("store").GetString());
        Assert.Equal(run.GetProperty("engine").GetString(), $"Spark 4.2.0, application {write.Tags["spark.application.id"]}");
        Assert.True(Guid.TryParse(write.Tags["spark.operation.id"], out _));
        Assert.Contains("spark.tasks", write.Tags.Keys);
        Assert.Superset(new HashSet<string> { "spark keep", "spark query", "spark write", "S3.PutObject", "S3.GetObject", "S3.ListObjectsV2" }, trace.Spans.Select(span => span.Name).ToHashSet());
        Assert.Contains(trace.Below(trace.Single("activity Orchestrator.LoadTables")), span => span.Name == "copy fact_sales" && span.Tags["db.system.name"] == "postgresql");
        Assert.All(trace.Spans.Where(span => span.Name.StartsWith("S3.", StringComparison.Ordinal)), span => Assert.Equal(SparkFixture.Bucket, span.Tags["aws.s3.bucket"]));
        Assert.DoesNotContain("testtest12345678", trace.Json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_how_store_and_Spark_answered_and_how_long_they_took()
    {
        using var months = await MonthsAsync(onSpark: true);
        using var doctor = months.Start(new Dictionary<string, string>(), "doctor");
        var ended = await doctor.EndAsync();
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Matches(@"ok +spark session +Spark 4\.2\.0, application local-\d+, at sc://127\.0\.0\.1:\d+ \(\d+ ms\)", ended.Output);
        Assert.Matches(@"ok +spark query +answered \(\d+ ms\)", ended.Output);
        Assert.Matches($@"ok +object store +{months.Store}: written in \d+ ms, protected from overwriting in \d+ ms, read in \d+ ms, deleted in \d+ ms", ended.Output);
    }

    [Fact]
    public async Task Address_that_is_none_is_refused_before_anything_starts()
    {
        var run = await OrchestratorProcess.RunAsync("run", "monthly-sales", "--engine", "spark", "--spark", "http://spark", "--data", data.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'http://spark' is not the address of a Spark Connect server.", run.Error, StringComparison.Ordinal);
    }

    async Task<BucketMonths> MonthsAsync(bool onSpark) =>
        new(await spark.StoreAsync(), SparkFixture.Bucket, await postgres.CreateDatabaseAsync(), onSpark ? await spark.AddressAsync() : null);
}
