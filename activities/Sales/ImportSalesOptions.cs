using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Sales;

/// <summary>Use of the machine by <see cref="ImportSales"/>.</summary>
public sealed class ImportSalesOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Activities:ImportSales";

    /// <summary>Memory that DuckDB may take, in megabytes; what needs more goes to the attempt's work folder.</summary>
    /// <value>512 by default.</value>
    [Range(128, 1 << 20)]
    public int MemoryLimitMegabytes { get; set; } = 512;
}
