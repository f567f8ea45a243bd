using System.Text.Json;
using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Tuning;
using Orchestrator.Server.CommandLine;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>What a run says at its end, to people and to programs; the texts are golden.</summary>
public sealed class RunSummaryTests
{
    static readonly Guid Id = Guid.Parse("0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55");
    static readonly DateTimeOffset Start = new(2026, 11, 23, 4, 0, 0, TimeSpan.Zero);

    static readonly TuningReport Tuning = new("2026-10", Id,
        [new("customer_history", "point", "What did this customer buy?", new Dictionary<string, string>(), 16_945, 59, 12, 0.1, "measured", ["ix_fact_sales_customer_key"])],
        [
            new("ix_fact_sales_customer_key", "fact_sales", ["customer_key"], [], "kept", true, "It saves more than it costs.", 16_886, 8_000_000, 400, 400, ["customer_history"]),
            new("ix_fact_sales_quantity", "fact_sales", ["quantity"], [], "rejected", false, "No plan would use it.", 0, 0, 0, 0, []),
        ],
        new(68_757, 17_636, 40_000, 900, 21_000_000, 16_000_000, 2_600, 2_600));

    [Fact]
    public void Summary_has_rows_winners_indexes_times_and_places() => Assert.Equal(
        """
        Succeeded in 9.9 s.
        Store /srv/store/

        Rows   1,000,000 in, 12 quarantined, 3 outside the month, 999,985 loaded
        Total  323,924,049.63

        Top customers
             customer   purchases  count  coupon
          1  C033487   229,002.84    718   50.00
          2  ALFKI         151.60      2    5.00

        Indexes  68,757 → 17,636 buffers for the business's queries (-74.4 %)
          index kept                    size  before  after   change
          ix_fact_sales_customer_key  8.0 MB  16,945     59  -99.7 %

        Activities
          activity         time  attempts  status
          Import sales    1.5 s         1  Succeeded
          Tune indexes    4.8 s         2  Succeeded
          Export coupons  0.1 s         1  Succeeded

        Files in the store
          raw/sales/month=2026-10/
          export/coupons/month=2026-10/coupons.csv
        """, string.Join("\n", RunSummary.Render(NewReport(NewRun(RunStatus.Succeeded, null)))).ReplaceLineEndings("\n"));

    [Fact]
    public void Failure_names_the_activity_and_what_to_do() => Assert.Equal(
        "Failed after 9.9 s: The store is full. Free space. (store.disk_full, UploadPartitions1)",
        RunSummary.Headline(NewReport(NewRun(RunStatus.Failed, new("store.disk_full", "The store is full. Free space.", "UploadPartitions1")))));

    [Fact]
    public void Document_for_programs_has_stable_names_and_forms()
    {
        using var output = new StringWriter();

        JsonOutput.Write(output, NewReport(NewRun(RunStatus.Failed, new("store.disk_full", "The store is full.", "UploadPartitions1"))).ToDocument());

        using var document = JsonDocument.Parse(output.ToString());
        Assert.Equal(
            """
            {"runId":"0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55","workflow":"import-sales","partition":"2026-10","status":"Failed","rows":{"in":1000000,"good":999985,"quarantined":12,"outside":3,"loaded":999985},"total":"323924049.63","durationMs":9900,"activities":[{"id":"ImportSales1","type":"Orchestrator.ImportSales","status":"Succeeded","attempts":1,"durationMs":1500,"rows":1000000,"reusedFrom":null,"failedAttempts":[]},{"id":"TuneIndexes1","type":"Orchestrator.TuneIndexes","status":"Succeeded","attempts":2,"durationMs":4800,"rows":null,"reusedFrom":null,"failedAttempts":[]},{"id":"ExportCoupons1","type":"Orchestrator.ExportCoupons","status":"Succeeded","attempts":1,"durationMs":100,"rows":100,"reusedFrom":null,"failedAttempts":[]}],"error":{"code":"store.disk_full","message":"The store is full.","activityId":"UploadPartitions1"},"traceUrl":null,"store":"/srv/store/","engine":null}
            """, JsonSerializer.Serialize(document.RootElement));
    }

    [Fact]
    public void Every_failed_attempt_shows_its_message_also_before_one_that_succeeded()
    {
        var report = NewReport(NewRun(RunStatus.Succeeded, null));
        var tuned = report.Activities[1] with
        {
            FailedAttempts = [new(1, "tuning.timed_out", "Query top_customers took over 30 s.\nRaise the limit."), new(2, "store.unavailable", "PostgreSQL is unavailable.")],
        };
        var lines = RunSummary.Render(report with { Activities = [report.Activities[0], tuned] }).ToList();
        Assert.Equal(
            ["Failed attempts", "  Tune indexes, attempt 1 (tuning.timed_out): Query top_customers took over 30 s. Raise the limit.",
                "  Tune indexes, attempt 2 (store.unavailable): PostgreSQL is unavailable."],
            lines.SkipWhile(line => line != "Failed attempts").TakeWhile(line => line.Length > 0));
    }

    [Fact]
    public void Reused_activity_says_so_and_has_no_time_of_its_own()
    {
        var report = NewReport(NewRun(RunStatus.Succeeded, null));
        var reused = report.Activities[0] with { Execution = report.Activities[0].Execution with { ReusedFrom = Guid.Parse("0199c1d2-0000-7000-8000-000000000001") } };
        var line = RunSummary.Render(report with { Activities = [reused] }).Single(text => text.StartsWith("  Import sales", StringComparison.Ordinal));
        Assert.Equal(["Import", "sales", "Reused"], line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    static RunReport NewReport(Run run) => new(run,
    [
        NewActivity("ImportSales1", "Import sales", 1.5, 1, new()
        {
            [MetricNames.Rows] = 1_000_000, [MetricNames.RowsIn] = 1_000_000, [MetricNames.RowsGood] = 999_985, [MetricNames.RowsQuarantined] = 12, [MetricNames.RowsOutside] = 3,
            [MetricNames.RowsLoaded] = 999_985, [MetricNames.Total] = 323_924_049.63m,
        }, []),
        NewActivity("TuneIndexes1", "Tune indexes", 4.8, 2, [], new() { ["Report"] = JsonSerializer.SerializeToElement(Tuning, JsonSerializerOptions.Web) }),
        NewActivity("ExportCoupons1", "Export coupons", 0.1, 1, new() { [MetricNames.Rows] = 100 }, new()
        {
            ["First"] = JsonSerializer.SerializeToElement<RewardedPlace[]>([new(1, "C033487", 229_002.84m, 718, 50), new(2, "ALFKI", 151.6m, 2, 5)], JsonSerializerOptions.Web),
        }),
    ], new("file:///srv/store/"), [(new("raw/sales"), "raw/sales/month=2026-10/"), (new("export/coupons"), "export/coupons/month=2026-10/coupons.csv")]);

    static ReportedActivity NewActivity(string id, string name, double seconds, int attempts, Dictionary<string, decimal> metrics, Dictionary<string, JsonElement> outputs) => new(
        new(Id, 1, null, id, id, $"Orchestrator.{id[..^1]}", name, ActivityStatus.Succeeded, attempts, Start, Start, Start + TimeSpan.FromSeconds(seconds),
            new Dictionary<string, JsonElement>(), outputs, ["Done"], metrics, null), []);

    static Run NewRun(RunStatus status, RunError? error) => new(
        Id, "import-sales", "Import sales", 1, Partition.Parse("2026-10"), status, Start, Start, Start + TimeSpan.FromSeconds(9.9), error, null, false, null, null);
}
