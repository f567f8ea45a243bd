using Orchestrator.Spark.DuckDb;

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
        LocalDatabaseException { Fault: LocalDatabaseFault.OutOfMemory } => new("import.out_of_memory",
            $"The source '{source}' needs more than the {memoryLimitMegabytes} MB that an import may use. " +
            $"Raise {ImportSalesOptions.Section}:{nameof(ImportSalesOptions.MemoryLimitMegabytes)}.", isRetryable: false, error),
        LocalDatabaseException { Fault: LocalDatabaseFault.Engine } => new("import.failed",
            $"The source '{source}' could not be imported: DuckDB failed inside. Run again.", isRetryable: true, error),
        LocalDatabaseException { Fault: LocalDatabaseFault.Encoding } => new("import.unreadable_file",
            $"The source '{source}' has a text column with bytes that are not UTF-8, which no Parquet file may have. " +
            "Write the file again with UTF-8 texts, or import it as CSV with its encoding.", isRetryable: false, error),
        LocalDatabaseException { Fault: not LocalDatabaseFault.File } database => new("import.unreadable_file",
            $"The source '{source}' cannot be read: DuckDB reports an error of the type {database.Type}. " +
            "The file is probably damaged; get it again.", isRetryable: false, error),
        _ => new("import.failed",
            $"The source '{source}' could not be imported: {error.Message.Split('\n')[0].TrimEnd('.')}. " +
            $"Check that it can be read, and that {folder} has space.", isRetryable: true, error),
    };
}
