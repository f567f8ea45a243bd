using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>Translates the output of a failed start of PostgreSQL into an error.</summary>
static class PostgresFailure
{
    /// <summary>Whether another program listens at the port.</summary>
    public static bool IsPortTaken(string output) => output.Contains("Address already in use", StringComparison.Ordinal)
        || output.Contains("could not create any TCP/IP sockets", StringComparison.Ordinal);

    /// <summary>Whether processes of a killed server are still ending.</summary>
    public static bool IsOldServerLeaving(string output) => output.Contains("is still in use", StringComparison.Ordinal);

    /// <summary>Creates the error for a person.</summary>
    public static PlatformException From(string output, string cluster, string logFile)
    {
        if (output.Contains("No space left on device", StringComparison.Ordinal))
        {
            return new("postgres.disk_full",
                $"The disk of '{cluster}' is full, so PostgreSQL cannot start. Free at least 200 MB, or choose a folder on another disk with --data.");
        }
        if (output.Contains("database files are incompatible with server", StringComparison.Ordinal))
        {
            return new("postgres.version_mismatch",
                $"The data in '{cluster}' was made by another version of PostgreSQL. {Line(output, "DETAIL:")} "
                + "Use the version of the platform that made it, or choose a new folder with --data.");
        }
        if (output.Contains("Read-only file system", StringComparison.Ordinal))
            return new("data.not_writable", $"The data folder '{cluster}' cannot be written: it lies on a read-only file system. Choose another one with --data.");
        return new("postgres.start_failed",
            $"PostgreSQL did not start: {(Line(output, "FATAL:") is { Length: > 0 } fatal ? fatal : LastLine(output))} Its log is '{logFile}'.");
    }

    static string Line(string output, string label) =>
        output.Split('\n').LastOrDefault(line => line.Contains(label, StringComparison.Ordinal)) is { } line
            ? Sentence(line[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..])
            : "";

    static string LastLine(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? Sentence(last) : "it gave no reason.";

    static string Sentence(string text) => $"{text.Trim().TrimEnd('.')}.";
}
