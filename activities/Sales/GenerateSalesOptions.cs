using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Sales;

/// <summary>Use of the machine by <see cref="GenerateSales"/>. No option changes a row.</summary>
public sealed class GenerateSalesOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Activities:GenerateSales";

    /// <summary>Rows in a file; a part takes about 80 bytes of memory a row while it is written.</summary>
    /// <value>500,000 by default.</value>
    [Range(1, 10_000_000)]
    public int RowsPerPart { get; set; } = 500_000;

    /// <summary>Number of parts that are written at once.</summary>
    /// <value>As many as there are processors, 8 at most, by default.</value>
    [Range(1, 256)]
    public int MaxParallelParts { get; set; } = Math.Min(Environment.ProcessorCount, 8);
}
