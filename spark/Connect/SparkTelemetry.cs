using System.Diagnostics;

namespace Orchestrator.Spark.Connect;

/// <summary>
/// Spans of what Spark executes, below those of the models: by its operation id, it is found in Spark's own pages and logs.
/// </summary>
static class SparkTelemetry
{
    static readonly ActivitySource Source = new("Orchestrator.Spark");

    /// <summary>An operation begins.</summary>
    /// <param name="kind"><c>query</c>, <c>write</c>, <c>keep</c> or <c>define</c>.</param>
    public static Span? Start(string kind, string operation, string application) =>
        Source.StartActivity($"spark {kind}", ActivityKind.Client)?
        .SetTag("db.system.name", "spark").SetTag("db.operation.name", kind).SetTag("spark.operation.id", operation)
            .SetTag("spark.application.id", application);

    extension(Span? span)
    {
        /// <summary>Records stages and tasks.</summary>
        public void Took(OperationProgress progress) => span?.SetTag("spark.stages", progress.Stages).SetTag("spark.tasks", progress.Tasks);

        /// <summary>Marks a span as failed.</summary>
        public void Fail(Exception error)
        {
            var type = (error as SparkFault)?.ErrorClass ?? (error as SparkFault)?.Kind.ToString() ?? error.GetType().FullName;
            span?.SetTag("error.type", type).SetStatus(ActivityStatusCode.Error, type);
        }
    }
}
