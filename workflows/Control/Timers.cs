using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Times;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Waits for a duration.</summary>
sealed class Delay : WaitingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Delay", "Scheduling", "Wait for a while.", In<TimeSpan>("TimeSpan", "How long, such as 00:01:00.", or: "00:01:00"));

    protected override RunEvent Wait(in ControlContext context) =>
        Durations.TryParse(context.Text("TimeSpan"), out var span) ? WaitFor(context, span) : context.Complete();
}

/// <summary>Waits for an interval; starts its workflow at each.</summary>
sealed class Timer : WaitingActivity
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromDays(3_660);

    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Timer", "Scheduling", "Wait for an interval.",
            In<TimeSpan>("Interval", "How long, such as 00:01:00.", or: "00:01:00")) with
        {
            Kind = ActivityKind.Trigger,
        };

    public override TimeTrigger? TriggerOf(ActivityNode node)
    {
        if (TimeTrigger.Find(node, "Interval", out var written) is { } problem) return new(node, null, problem);
        if (written is null) return new(node, CronRule.Every(TimeSpan.FromMinutes(1)), null);
        return Durations.TryParse(written, out var interval) && interval >= Shortest && interval <= Longest
            ? new(node, CronRule.Every(interval), null)
            : new(node, null, $"'{JsonCursor.Shorten(written)}' is no interval at which runs can start. " +
                "Give one second at least, such as 00:05:00, and ten years at most.");
    }

    protected override RunEvent Wait(in ControlContext context) =>
        Durations.TryParse(context.Text("Interval"), out var span) ? WaitFor(context, span) : context.Complete();
}

/// <summary>Waits for the next time of a cron expression; starts its workflow at each.</summary>
sealed class Cron : WaitingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.Cron", "Scheduling", "Wait for the next time of a cron expression.",
            In<string>("CronExpression", "Such as 0 6 * * MON, in UTC.", isRequired: true)) with
        {
            Kind = ActivityKind.Trigger,
        };

    public override TimeTrigger? TriggerOf(ActivityNode node)
    {
        if (TimeTrigger.Find(node, "CronExpression", out var written) is { } problem) return new(node, null, problem);
        try
        {
            var rule = CronRule.Parse(written ?? "", "UTC");
            return rule.Next(DateTimeOffset.UnixEpoch) is null
                ? new(node, null, $"The cron expression '{rule.Cron}' is never due. Correct its day or month.")
                : new(node, rule.Cron, null);
        }
        catch (SchedulingException bad)
        {
            return new(node, null, bad.Message);
        }
    }

    protected override RunEvent Wait(in ControlContext context)
    {
        try
        {
            var next = CronRule.Parse(context.Text("CronExpression") ?? "", "UTC").Next(context.Execution.StartedAt!.Value);
            return next is { } due ? WaitUntil(context, due) : context.Complete();
        }
        catch (SchedulingException bad)
        {
            return context.Fail(bad.Code, bad.Message);
        }
    }
}

/// <summary>Waits for a moment; starts its workflow then.</summary>
sealed class StartAt : WaitingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.StartAt", "Scheduling", "Wait for a moment.",
            In<DateTimeOffset>("DateTime", "The moment, such as 2026-11-23T12:00:00Z.", isRequired: true)) with
        {
            DisplayName = "Start at",
            Kind = ActivityKind.Trigger,
        };

    public override TimeTrigger? TriggerOf(ActivityNode node)
    {
        if (TimeTrigger.Find(node, "DateTime", out var written) is { } problem) return new(node, null, problem);
        return Parse(written) is { } at
            ? new(node, CronRule.At(at), null)
            : new(node, null, $"'{JsonCursor.Shorten(written ?? "")}' is no moment at which a run can start. " +
                "Give one such as 2026-11-23T12:00:00Z.");
    }

    protected override RunEvent Wait(in ControlContext context) => Parse(context.Text("DateTime")) is { } at
        ? WaitFor(context, at)
        : context.Fail("activity.no_time",
            $"'{context.Node.Id}' has no time to wait for. Give its input 'DateTime' a moment such as 2026-11-23T12:00:00Z.");

    static DateTimeOffset? Parse(string? text) =>
        IsoMoments.TryMoment(text, out var at) ? at : null;
}
