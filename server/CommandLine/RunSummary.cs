using System.Globalization;
using Orchestrator.Activities.Exports;
using Orchestrator.Activities.Tuning;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary>Summary of a run for people.</summary>
public static class RunSummary
{
    /// <summary>Returns the first line: the outcome of the run.</summary>
    public static string Headline(RunReport report)
    {
        var run = report.Run;
        var time = Figures.Time(run.Duration ?? TimeSpan.Zero);
        return run.Status switch
        {
            RunStatus.Succeeded => $"Succeeded in {time}.",
            RunStatus.Cancelled => $"Cancelled after {time}. To run it again: 'orchestrator run'. Data that other runs published stays.",
            RunStatus.Failed => $"Failed after {time}: {run.Error?.Message} ({run.Error?.Code}{(run.Error?.ActivityId is { } activity ? $", {activity}" : "")})",
            RunStatus.Suspended => $"Suspended: {run.SuspendedReason}",
            RunStatus.Queued or RunStatus.Running => $"Still {run.Status}.",
            _ => run.Status.ToString(),
        };
    }

    /// <summary>Renders all lines of the summary.</summary>
    public static IEnumerable<string> Render(RunReport report)
    {
        yield return Headline(report);
        if (report.Run.HistoryRemovedAt is { } removed)
            yield return string.Create(CultureInfo.InvariantCulture, $"Its activities, log and checks were removed by retention on {removed:yyyy-MM-dd}; what it wrote is in 'assets list'.");
        if (report.TraceUrl is { } trace) yield return $"Trace {trace}";
        yield return $"Store {report.Store}";
        if (report.Engine is { } engine) yield return $"Engine {engine}";
        yield return "";
        if (report.Rows.In is not null)
        {
            yield return $"Rows   {Rows(report.Rows)}";
            if (report.Total is { } total) yield return $"Total  {Figures.Money(total)}";
            yield return "";
        }
        foreach (var line in Places("Top customers", "customer", "purchases", "coupon", report.Coupons)) yield return line;
        foreach (var line in Places("Top sales people", "sales person", "sales", "incentive", report.Incentives)) yield return line;
        if (report.Tuning is { } tuning) foreach (var line in Indexes(tuning)) yield return line;
        var times = new TextTable("activity", ">time", ">attempts", "status");
        foreach (var activity in report.Activities)
        {
            // The time and the attempts of a reused activity belong to the run that executed it.
            times.Add(activity.Name, activity.IsReused ? "" : Figures.Time(activity.Execution.Duration ?? TimeSpan.Zero),
                activity.IsReused ? "" : activity.Execution.Attempts.ToString(CultureInfo.InvariantCulture), activity.IsReused ? "Reused" : activity.Execution.Status.ToString());
        }
        yield return "Activities";
        foreach (var line in times.Render("None was started.")) yield return $"  {line}";
        foreach (var line in FailedAttempts(report.Activities)) yield return line;
        if (report.Files.Count == 0) yield break;
        yield return "";
        yield return "Files in the store";
        foreach (var (_, key) in report.Files) yield return $"  {key}";
    }

    static string Rows(RowCounts rows)
    {
        var parts = new List<string> { $"{Figures.Count(rows.In ?? 0)} in", $"{Figures.Count(rows.Quarantined ?? 0)} quarantined" };
        if (rows.Returned is > 0 and { } returned) parts.Add($"{Figures.Count(returned)} {(returned == 1 ? "return" : "returns")}");
        if (rows.Outside is > 0 and { } outside) parts.Add($"{Figures.Count(outside)} outside the month");
        if (rows.Loaded is { } loaded) parts.Add($"{Figures.Count(loaded)} loaded");
        return string.Join(", ", parts);
    }

    static IEnumerable<string> FailedAttempts(IReadOnlyList<ReportedActivity> activities)
    {
        var failed = activities.SelectMany(activity => activity.FailedAttempts, (activity, attempt) => (activity.Name, Attempt: attempt)).ToList();
        if (failed.Count == 0) yield break;
        yield return "";
        yield return "Failed attempts";
        foreach (var (name, attempt) in failed)
            yield return string.Create(CultureInfo.InvariantCulture, $"  {name}, attempt {attempt.Attempt} ({attempt.Code}): {attempt.Message.ReplaceLineEndings(" ")}");
    }

    static IEnumerable<string> Places(string title, string id, string total, string amount, IReadOnlyList<RewardedPlace> places)
    {
        if (places.Count == 0) yield break;
        var table = new TextTable(">", id, $">{total}", ">count", $">{amount}");
        foreach (var place in places)
        {
            table.Add(place.Rank.ToString(CultureInfo.InvariantCulture), place.Id, Figures.Money(place.Total), Figures.Count(place.Sales),
                Figures.Money(place.Amount));
        }
        yield return title;
        foreach (var line in table.Render("")) yield return $"  {line}";
        yield return "";
    }

    static IEnumerable<string> Indexes(TuningReport tuning)
    {
        // Compares what queries read without and with the indexes: time on a busy machine says little.
        var totals = tuning.Totals;
        var (read, reads) = (totals.BuffersBefore, totals.BuffersAfter);
        yield return $"Indexes  {Figures.Count(read)} → {Figures.Count(reads)} buffers for the business's queries ({Figures.Change(read, reads)})";
        var table = new TextTable("index kept", ">size", ">before", ">after", ">change");
        foreach (var index in tuning.Indexes.Where(index => index.Decision == "kept"))
        {
            var queries = tuning.Queries.Where(query => index.Queries.Contains(query.Name, StringComparer.Ordinal)).ToList();
            var (before, after) = (queries.Sum(query => query.BuffersBefore), queries.Sum(query => query.BuffersAfter));
            table.Add(index.Name, Figures.Bytes(index.Bytes), Figures.Count(before), Figures.Count(after), Figures.Change(before, after));
        }
        foreach (var line in table.Render("No index is worth its space and the slower load.")) yield return $"  {line}";
        yield return "";
    }
}
