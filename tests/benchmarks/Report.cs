using System.Globalization;
using System.Text;

namespace Orchestrator.Benchmarks;

/// <summary>The figures as a Markdown table: medians, and ratios to the bare script of the same rounds.</summary>
static class Report
{
    public static string Markdown(
        int rounds, long rows, IReadOnlyList<IReadOnlyDictionary<string, double>> bare, IReadOnlyList<PlatformRun> first, IReadOnlyList<PlatformRun> again,
        IReadOnlyList<double> serverCopy, IReadOnlyList<PlatformRun> large, IReadOnlyList<PlatformRun> empty, IReadOnlyList<double> startNew, IReadOnlyList<double> startExisting)
    {
        var text = new StringBuilder();
        Line(text, $"# Measured figures\n");
        Line(text, $"{rows:N0} sales, medians of {rounds} interleaved rounds on one PostgreSQL; {Environment.ProcessorCount} cores, {Environment.OSVersion.Platform}.");
        Line(text, $"Written by `dotnet run -c Release --project tests/benchmarks -- --report tests/benchmarks/RESULTS.md`.\n");
        Line(text, $"| step | bare script, ms | first month, ms | ratio | same month again, ms |");
        Line(text, $"|---|---:|---:|---:|---:|");
        Row("generate", run => run.Sum("GenerateSales"), step => step["generate"]);
        Row("upload", run => run.Sum("UploadPartitions"), null);
        Row("star schema", run => run.Sum("BuildStarSchema"), step => step["star"]);
        Row("marts (two, side by side: sum)", run => run.Sum("BuildCustomerMart", "BuildSalesMart", "BuildMart"), step => step["marts"]);
        Row("checks", run => run.Sum("CheckAssets"), null);
        Row("load", run => run.Sum("LoadTables"), step => step["load"]);
        Row("index", run => run.Sum("TuneIndexes"), step => step["index"]);
        Row("exports", run => run.Sum("ExportCoupons", "ExportIncentives"), null);
        Row("**generate to load**", run => run.Sum("Generate", "Upload", "BuildStar", "BuildMart", "BuildCustomer", "BuildSales", "Load"),
            step => step["generate"] + step["star"] + step["marts"] + step["load"]);
        Row("**whole run**", run => run.DurationMs, step => step["total"]);
        Line(text, $"\n| measure | figure |");
        Line(text, $"|---|---:|");
        var (load, copy) = (Median(first, run => run.Sum("LoadTables")), Median(serverCopy, value => value));
        Line(text, $"| PostgreSQL's own COPY of the same tables from CSV files | {copy:0} ms |");
        Line(text, $"| speed of the load, checks and swap included, to that | {copy / load:0.00} × |");
        Line(text, $"| peak memory of our process, {rows:N0} sales | {Median(first, run => run.PeakMemoryBytes) / 1048576:0} MiB |");
        if (large.Count > 0)
        {
            var ratio = Median(large, run => run.DurationMs) / Median(first, run => run.DurationMs);
            Line(text, $"| {rows * 10:N0} sales, whole run ({large.Count} round) | {Median(large, run => run.DurationMs):0} ms, {ratio:0.0} × |");
            Line(text, $"| peak memory of our process, {rows * 10:N0} sales | {Median(large, run => run.PeakMemoryBytes) / 1048576:0} MiB |");
        }
        Line(text, $"| five empty activities, claim to finished | {Median(empty, run => run.DurationMs):0} ms |");
        Line(text, $"| start of the process to the first activity, new data folder | {Median(startNew, value => value):0} ms |");
        Line(text, $"| start of the process to the first activity, existing data folder | {Median(startExisting, value => value):0} ms |");
        return text.ToString();

        void Row(string name, Func<PlatformRun, double> ours, Func<IReadOnlyDictionary<string, double>, double>? theirs)
        {
            var (mine, second) = (Median(first, ours), Median(again, ours));
            var yardstick = theirs is null ? (double?)null : Median(bare, theirs);
            Line(text, $"| {name} | {yardstick:0} | {mine:0} | {mine / yardstick:0.00} | {second:0} |");
        }
    }

    static double Median<T>(IEnumerable<T> values, Func<T, double> figure)
    {
        var sorted = values.Select(figure).Order().ToList();
        return sorted[sorted.Count / 2];
    }

    static void Line(StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
}
