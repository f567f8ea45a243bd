using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Turns failures of the disk and of DuckDB into ours. None shows what stands in the files: DuckDB's texts quote values, so they are
/// left out.
/// </summary>
/// <param name="source">What was to be imported.</param>
/// <param name="folder">Where its result goes.</param>
sealed class ImportFailures(string? source, string folder, int memoryLimitMegabytes)
{
    /// <summary>The failure of an import.</summary>
    public ActivityFailedException Of(Exception error) => error switch
    {
        DuckDBException { ErrorType: DuckDBErrorType.OutOfMemory } => new("import.out_of_memory",
            $"The source '{source}' needs more than the {memoryLimitMegabytes} MB that an import may use. " +
            $"Raise {ImportSalesOptions.Section}:{nameof(ImportSalesOptions.MemoryLimitMegabytes)}.", isRetryable: false, error),
        DuckDBException { ErrorType: DuckDBErrorType.Fatal or DuckDBErrorType.Internal } => new("import.failed",
            $"The source '{source}' could not be imported: DuckDB failed inside. Run again.", isRetryable: true, error),
        DuckDBException { ErrorType: not DuckDBErrorType.Io } database when IsTextFault(database) => new("import.unreadable_file",
            $"The source '{source}' has a text column with bytes that are not UTF-8, which no Parquet file may have. " +
            "Write the file again with UTF-8 texts, or import it as CSV with its encoding.", isRetryable: false, error),
        DuckDBException { ErrorType: not DuckDBErrorType.Io } database => new("import.unreadable_file",
            $"The source '{source}' cannot be read: DuckDB reports an error of the type {database.ErrorType}. " +
            "The file is probably damaged; get it again.", isRetryable: false, error),
        _ => new("import.failed",
            $"The source '{source}' could not be imported: {error.Message.Split('\n')[0].TrimEnd('.')}. " +
            $"Check that it can be read, and that {folder} has space.", isRetryable: true, error),
    };

    static bool IsTextFault(DuckDBException error) => error.Message.Contains("is not valid UTF8", StringComparison.OrdinalIgnoreCase)
        || error.Message.Contains("Invalid string encoding", StringComparison.OrdinalIgnoreCase);
}
