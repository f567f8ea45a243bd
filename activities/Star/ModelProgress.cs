using System.Globalization;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Star;

/// <summary>
/// How far an attempt is that works on models: what the activity says, and beside it what the engine tells of its queries.
/// </summary>
sealed class ModelProgress(ActivityExecutionContext context)
{
    ActivityProgress reached;

    /// <summary>The activity got further.</summary>
    public void Report(ActivityProgress progress)
    {
        reached = progress;
        context.ReportProgress(progress);
    }

    /// <summary>The engine got further with a query.</summary>
    public void Report(SqlProgress query) => context.ReportProgress(reached with
    {
        Step = string.Create(CultureInfo.InvariantCulture,
            $"{reached.Step ?? "query"}: {query.TasksDone} of {query.Tasks} tasks, stage {query.Stages}"),
    });
}

static class FigureSums
{
    extension(IReadOnlyDictionary<string, decimal> figures)
    {
        /// <summary>These figures and others; of two with one name, the others'.</summary>
        public IReadOnlyDictionary<string, decimal> And(IEnumerable<KeyValuePair<string, decimal>> others)
        {
            var all = new Dictionary<string, decimal>(figures, StringComparer.Ordinal);
            foreach (var (name, value) in others) all[name] = value;
            return all;
        }
    }
}
