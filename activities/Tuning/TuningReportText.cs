using System.Globalization;
using System.Text;

namespace Orchestrator.Activities.Tuning;

/// <summary>A tuning report as Markdown.</summary>
public static class TuningReportText
{
    const string Preface = "Decided by buffers: pages of 8 KiB that PostgreSQL hits or reads. " +
        "Times are of one execution on a machine that does other things too.";

    /// <summary>Writes the report.</summary>
    public static string Of(TuningReport report)
    {
        var text = new StringBuilder();
        var totals = report.Totals;
        Line($"# Index tuning of {report.Partition}");
        Line($"");
        Line($"{Preface}");
        Line($"");
        var change = Change(totals.BuffersBefore, totals.BuffersAfter);
        var selective = Change(totals.SelectiveBefore, totals.SelectiveAfter);
        var share = totals.HeapBytes == 0 ? 0 : 100.0 * totals.IndexBytes / totals.HeapBytes;
        var (build, nextLoad) = (totals.BuildMilliseconds, totals.NextLoadMilliseconds);
        Line($"- Whole workload: {totals.BuffersBefore:n0} → {totals.BuffersAfter:n0} buffers ({change})");
        Line($"- Point and range queries: {totals.SelectiveBefore:n0} → {totals.SelectiveAfter:n0} buffers ({selective})");
        var tables = FormattableString.Invariant($"{totals.HeapBytes / 1e6:f1} MB of tables");
        Line($"- Indexes take {totals.IndexBytes / 1e6:f1} MB beside {tables} ({share:f0} %), keys included");
        var more = FormattableString.Invariant($"the next load of a month takes about {nextLoad:f0} ms more of one core for the kept ones");
        Line($"- Building took {build:f0} ms in this run; {more}");
        Line($"");
        Line($"## Queries");
        Line($"");
        Line($"| query | kind | question | before | after | change | ms before | ms after | indexes |");
        Line($"|---|---|---|---:|---:|---:|---:|---:|---|");
        foreach (var query in report.Queries)
        {
            Row($"{query.Name}", $"{query.Kind}", $"{query.Question}", $"{query.BuffersBefore:n0}", $"{query.BuffersAfter:n0}",
                $"{Change(query.BuffersBefore, query.BuffersAfter)}", $"{query.MillisecondsBefore:f1}", $"{query.MillisecondsAfter:f1}",
                $"{string.Join(", ", query.Indexes)}");
        }
        Line($"");
        foreach (var source in report.Queries.GroupBy(query => query.Baseline, StringComparer.Ordinal))
            Line($"Figures before of {source.Count()} queries: {Meaning(source.Key)}.");
        Line($"");
        Line($"## Indexes");
        Line($"");
        Line($"| decision | index | table | columns | saves | MB | build ms | next load ms | why |");
        Line($"|---|---|---|---|---:|---:|---:|---:|---|");
        foreach (var index in report.Indexes)
        {
            var columns = string.Join(", ", index.Columns) + (index.Included.Count > 0 ? $" with {string.Join(", ", index.Included)}" : "");
            Row($"{index.Decision}{(index.IsNew ? ", new" : "")}", $"{index.Name}", $"{index.Table}", $"{columns}",
                $"{index.GainBuffers:n0}", $"{index.Bytes / 1e6:f1}", $"{index.BuildMilliseconds:f0}",
                $"{index.NextLoadMilliseconds:f0}", $"{index.Reason}");
        }
        return text.ToString();

        void Row(params FormattableString[] cells) => Line($"| {string.Join(" | ", cells.Select(FormattableString.Invariant))} |");

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }

    static string Change(long before, long after) =>
        before == 0 ? "–" : (100.0 * (after - before) / before).ToString("+0.0;−0.0;0.0", CultureInfo.InvariantCulture) + " %";

    static string Meaning(string baseline) => baseline switch
    {
        "measured" => "measured in this run, before there was any index of ours",
        "recorded" => "recorded by an earlier run on the same data",
        _ => "measured in this run with index scans switched off, since indexes of ours stood already",
    };
}
