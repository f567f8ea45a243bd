using System.Globalization;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Activities.Star;

/// <summary>
/// Progress of an attempt that works on models: the step of the activity, and beside it the progress of the engine's queries.
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
