using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Sales;

/// <summary>How <see cref="GenerateSales"/> uses the machine. None of it changes a row.</summary>
public sealed class GenerateSalesOptions
{
    /// <summary>Where the settings are.</summary>
    public const string Section = "Activities:GenerateSales";

    /// <summary>Rows in a file; a part takes about 80 bytes of memory a row while it is written.</summary>
    /// <value>500,000 by default.</value>
    [Range(1, 10_000_000)]
    public int RowsPerPart { get; set; } = 500_000;

    /// <summary>How many parts are written at once.</summary>
    /// <value>As many as there are processors, 8 at most, by default.</value>
    [Range(1, 256)]
    public int MaxParallelParts { get; set; } = Math.Min(Environment.ProcessorCount, 8);
}
