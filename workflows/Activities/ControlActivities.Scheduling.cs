namespace Orchestrator.Workflows.Activities;

// What waits for a time.
public static partial class ControlActivities
{
    /// <summary>Waits for a while.</summary>
    public const string Delay = "Elsa.Delay";

    /// <summary>Waits for an interval.</summary>
    public const string Timer = "Elsa.Timer";

    /// <summary>Waits for the next time of a cron expression.</summary>
    public const string Cron = "Elsa.Cron";

    /// <summary>Waits for a moment.</summary>
    public const string StartAt = "Elsa.StartAt";

    static IReadOnlyList<ActivityDescriptor> Scheduling =>
    [
        Describe(Delay, "Scheduling", "Wait for a while.", In<TimeSpan>("TimeSpan", "How long, such as 00:01:00.", or: "00:01:00")),
        Describe(Timer, "Scheduling", "Wait for an interval.", In<TimeSpan>("Interval", "How long, such as 00:01:00.", or: "00:01:00")) with { Kind = ActivityKind.Trigger },
        Describe(Cron, "Scheduling", "Wait for the next time of a cron expression.", In<string>("CronExpression", "Such as 0 6 * * MON, in UTC.", isRequired: true)) with { Kind = ActivityKind.Trigger },
        Describe(StartAt, "Scheduling", "Wait for a moment.", In<DateTimeOffset>("DateTime", "The moment, such as 2026-11-23T12:00:00Z.", isRequired: true)) with
        {
            DisplayName = "Start at", Kind = ActivityKind.Trigger,
        },
    ];
}
