using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Runs;

/// <summary>Settings of retention.</summary>
public sealed class RetentionOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Retention";

    /// <summary>
    /// Time for which a run is kept after its end, with its journal, activities, log and checks. Runs are removed by whole months, when the
    /// last run of a month is old enough. Default none: everything is kept.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan? Runs { get; set; }
}

/// <summary>Checks <see cref="RetentionOptions"/>.</summary>
[OptionsValidator]
public sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;
