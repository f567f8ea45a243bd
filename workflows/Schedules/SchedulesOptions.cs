using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Schedules;

/// <summary>How schedules and backfills are looked after.</summary>
public sealed class SchedulesOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Schedules";

    /// <summary>How late a due time may be noticed and still not be missed, for schedules that do not catch up. Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OnTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a node looks by itself, should no alarm and no notification reach it. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Checks <see cref="SchedulesOptions"/>.</summary>
[OptionsValidator]
public sealed partial class SchedulesOptionsValidator : IValidateOptions<SchedulesOptions>;
