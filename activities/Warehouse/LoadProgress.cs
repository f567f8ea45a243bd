namespace Orchestrator.Activities.Warehouse;

/// <summary>Adds up what the connections of a load have sent.</summary>
/// <param name="context">Where progress is reported.</param>
sealed class LoadProgress(ActivityExecutionContext context)
{
    readonly Lock gate = new();
    readonly Dictionary<string, CopiedRows> current = new(StringComparer.Ordinal);
    long rowsBefore, bytesBefore, totalRows;

    /// <summary>Time spent on building indexes on new rows, of all connections together.</summary>
    public TimeSpan IndexTime { get; set; }

    /// <summary>Begins a month.</summary>
    /// <param name="rows">Rows to come.</param>
    public void Begin(long rows)
    {
        lock (gate)
        {
            rowsBefore += current.Values.Sum(copied => copied.Rows);
            bytesBefore += current.Values.Sum(copied => copied.Bytes);
            current.Clear();
            totalRows += rows;
        }
    }

    /// <summary>Takes what has been sent of a table so far.</summary>
    public void Report(WarehouseTable table, CopiedRows copied)
    {
        lock (gate)
        {
            current[table.Name] = copied;
            context.ReportProgress(new(
                rowsBefore + current.Values.Sum(sent => sent.Rows), totalRows, bytesBefore + current.Values.Sum(sent => sent.Bytes),
                $"sales.{table.Name}"));
        }
    }
}
