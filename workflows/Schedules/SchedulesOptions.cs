using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Schedules;

/// <summary>Settings of the processing of schedules and backfills.</summary>
public sealed class SchedulesOptions
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Schedules";

    /// <summary>
    /// Longest delay with which a due time may be noticed and still counts as on time, for schedules that do not catch up. Default 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan OnTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Interval at which a node checks schedules without an alarm or a notification. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Checks <see cref="SchedulesOptions"/>.</summary>
[OptionsValidator]
public sealed partial class SchedulesOptionsValidator : IValidateOptions<SchedulesOptions>;
