using System.Globalization;

namespace Orchestrator.Spark.Connect;

/// <summary>Settings of our sessions: what makes the rows those of the other engine, and what suits models over months of sales.</summary>
static class SparkSettings
{
    public static IEnumerable<KeyValuePair<string, string>> Of(SparkConnectOptions options) =>
    [
        new("spark.sql.session.timeZone", "UTC"),
        // A value that does not fit is an error here as there, not null.
        new("spark.sql.ansi.enabled", "true"),
        // Versions begin on 0001-01-01: days are written as they are, not moved into the Julian calendar.
        new("spark.sql.parquet.datetimeRebaseModeInRead", "CORRECTED"),
        new("spark.sql.parquet.datetimeRebaseModeInWrite", "CORRECTED"),
        new("spark.sql.adaptive.enabled", options.PlansAdaptively ? "true" : "false"),
        new("spark.sql.shuffle.partitions", options.ShufflePartitions.ToString(CultureInfo.InvariantCulture)),
        new("spark.sql.autoBroadcastJoinThreshold", string.Create(CultureInfo.InvariantCulture, $"{options.BroadcastMiB}MB")),
        // Small outputs become one file; large ones keep their parts.
        new("spark.sql.adaptive.coalescePartitions.parallelismFirst", "false"),
        new("spark.sql.adaptive.advisoryPartitionSizeInBytes", "32MB"),
        new("spark.sql.execution.arrow.maxRecordsPerBatch", "65536"),
    ];
}
