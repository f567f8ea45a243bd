namespace Orchestrator.Activities.Sales.Import;

/// <summary>Refuses sources with more columns than a row of sales could need: each takes memory for thousands of rows at once.</summary>
static class ColumnLimit
{
    /// <summary>Most columns of a source.</summary>
    public const int Most = 2_000;

    /// <summary>Checks the columns of a file.</summary>
    /// <exception cref="ActivityFailedException"><c>import.too_many_columns</c>.</exception>
    public static void Check(string path, int columns)
    {
        if (columns > Most) throw new ActivityFailedException("import.too_many_columns",
            $"The file '{path}' has {columns} columns, but at most {Most} are read. " +
            "Leave out those that are not needed, or state the delimiter in the mapping.", isRetryable: false);
    }
}
