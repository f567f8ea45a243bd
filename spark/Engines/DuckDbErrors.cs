using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Engines;

/// <summary>Errors of DuckDB in our codes.</summary>
static class DuckDbErrors
{
    const string NoSpace = "No space left";

    public static SqlEngineException From(DuckDBException error, DuckDbOptions options) => error switch
    {
        { ErrorType: DuckDBErrorType.OutOfMemory } => new("sql.out_of_memory",
            $"The query needs more than the {options.MemoryLimitMiB} MiB that a session may use: {FirstLine(error)} Raise " +
            $"{DuckDbOptions.Section}:{nameof(DuckDbOptions.MemoryLimitMiB)}.",
            isRetryable: false, error),
        { ErrorType: DuckDBErrorType.Io } when error.Message.Contains(NoSpace, StringComparison.OrdinalIgnoreCase) => new("sql.disk_full",
            $"The disk is full: {FirstLine(error)} Free some space and run again.", isRetryable: false, error),
        { ErrorType: DuckDBErrorType.Io } =>
            new("sql.io_failed", $"A file could not be read or written: {FirstLine(error)}", isRetryable: true, error),
        { ErrorType: DuckDBErrorType.Interrupt } =>
            new("sql.cancelled", "The query was interrupted before it ended.", isRetryable: true, error),
        { ErrorType: DuckDBErrorType.Permission } =>
            new("sql.no_access", $"The query reaches for something it was not given: {FirstLine(error)}", isRetryable: false, error),
        { ErrorType: DuckDBErrorType.Fatal or DuckDBErrorType.Internal } =>
            new("sql.engine_broken", $"The engine failed inside: {FirstLine(error)} Run again.", isRetryable: true, error),
        _ => new("sql.failed", $"The query failed: {FirstLine(error)}", isRetryable: false, error),
    };

    // What follows the first line is the query's text with a mark, which our models have in their files.
    static string FirstLine(DuckDBException error)
    {
        var line = error.Message.AsSpan().Trim();
        if (line.IndexOf('\n') is var end and > 0) line = line[..end].TrimEnd();
        return line.EndsWith(".", StringComparison.Ordinal) ? line.ToString() : $"{line}.";
    }
}
