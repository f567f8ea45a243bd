using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Assets;

/// <summary>The months that runs may work on.</summary>
public sealed class PartitionOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Partitions";

    /// <summary>The earliest month, such as <c>1990-01</c>, which is the default.</summary>
    [Required, RegularExpression("^[0-9]{4}-(0[1-9]|1[0-2])$", ErrorMessage = "Partitions:First must be a month such as 1990-01.")]
    public string First { get; set; } = "1990-01";

    /// <summary>Number of years from the present month to the latest one allowed, 0 to 1000. Default 10.</summary>
    [Range(0, 1_000)]
    public int YearsAhead { get; set; } = 10;
}

/// <summary>Checks <see cref="PartitionOptions"/>.</summary>
[OptionsValidator]
public sealed partial class PartitionOptionsValidator : IValidateOptions<PartitionOptions>;
