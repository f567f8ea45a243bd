using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Sales;

/// <summary>How <see cref="ImportSales"/> uses the machine.</summary>
public sealed class ImportSalesOptions
{
    /// <summary>Where the settings are.</summary>
    public const string Section = "Activities:ImportSales";

    /// <summary>Memory that DuckDB may take, in megabytes; what needs more goes to the attempt's work folder.</summary>
    /// <value>512 by default.</value>
    [Range(128, 1 << 20)]
    public int MemoryLimitMegabytes { get; set; } = 512;
}
