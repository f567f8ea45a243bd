using System.Diagnostics;
using System.Diagnostics.Metrics;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Workflows.Workers;

/// <summary>Metrics of this assembly, for dashboards and alerts. They cost nothing without a listener.</summary>
static class RunMetrics
{
    static readonly Meter Meter = new("Orchestrator.Workflows");

    static readonly InstrumentAdvice<double> Moments = new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5] };

    static readonly InstrumentAdvice<double> Work = new() { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3_600, 14_400] };

    public static readonly Histogram<double> QueueDuration =
        Meter.CreateHistogram("orchestrator.run.queue.duration", "s", "Time from accepting a run to its first claim by a worker.", tags: null, Moments);

    static readonly Histogram<double> RunDuration =
        Meter.CreateHistogram("orchestrator.run.duration", "s", "Time from the first start of a run to its end.", tags: null, Work);

    static readonly Histogram<double> ActivityDuration =
        Meter.CreateHistogram("orchestrator.activity.duration", "s", "Time of one attempt of an activity.", tags: null, Work);

    static readonly Histogram<double> CommitDuration =
        Meter.CreateHistogram("orchestrator.commit.duration", "s", "Time until what a run did is durable.", tags: null, Moments);

    static readonly UpDownCounter<int> RunsActive = Meter.CreateUpDownCounter<int>("orchestrator.runs.active", "{run}", "Runs that this process drives.");

    static readonly Counter<long> RowsWritten = Meter.CreateCounter<long>("orchestrator.rows.written", "{row}", "Rows of assets whose commit is durable.");

    public static void RunTaken(Run run) => RunsActive.Add(1, Definition(run));

    public static void RunLetGo(Run run) => RunsActive.Add(-1, Definition(run));

    public static void RunEnded(Run run)
    {
        if (run is { Status.IsFinal: true, Duration: { } duration })
            RunDuration.Record(duration.TotalSeconds, Definition(run), new(RunTags.RunStatus, run.Status.ToString()));
    }

    public static void AttemptEnded(string type, string status, string? errorCode, TimeSpan duration)
    {
        if (!ActivityDuration.Enabled) return;
        var tags = new TagList { { RunTags.ActivityType, type }, { RunTags.AttemptStatus, status } };
        if (errorCode is not null) tags.Add(RunTags.ErrorType, errorCode);
        ActivityDuration.Record(duration.TotalSeconds, tags);
    }

    public static void Committed(TimeSpan duration) => CommitDuration.Record(duration.TotalSeconds);

    public static void Written(ActivityAttempt attempt)
    {
        if (!RowsWritten.Enabled) return;
        foreach (var written in attempt.Materializations) RowsWritten.Add(written.Rows, new KeyValuePair<string, object?>(RunTags.Asset, written.Asset.Name));
    }

    static KeyValuePair<string, object?> Definition(Run run) => new(RunTags.DefinitionId, run.DefinitionId);
}
