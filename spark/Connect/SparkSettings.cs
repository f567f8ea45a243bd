using System.Globalization;
using System.Security.Cryptography;
using System.Text;

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

    /// <summary>
    /// Id of a session that attempts share, of all processes that give these settings. Spark keeps what it compiled by session, and the JVM
    /// what it optimised of that: of a month in a session of its own, this was a third of the work.
    /// </summary>
    /// <param name="day">Today; sessions are not shared for ever.</param>
    /// <param name="ended">How many of the day the server has ended.</param>
    public static string SessionOf(SparkAddress address, SparkConnectOptions options, DateOnly day, int ended)
    {
        // With the token, which keeps others from knowing it.
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{address.UserId} {address.Token} {day:O} {ended} {string.Join(' ', Of(options))}");
        var id = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        // A UUID of version 8 is what its maker wants it to be (https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8).
        (id[6], id[8]) = ((byte)(id[6] & 0x0F | 0x80), (byte)(id[8] & 0x3F | 0x80));
        return new Guid(id, bigEndian: true).ToString();
    }
}
