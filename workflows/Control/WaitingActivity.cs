using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>A control activity that waits for something outside of the run.</summary>
abstract class WaitingActivity : DecidingActivity
{
    // The calendars of .NET and of the designer end with the year 9999.
    static readonly DateTimeOffset Latest = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Waits, or completes at once if the awaited event or time started the run.</summary>
    public sealed override RunEvent Execute(in ControlContext context) =>
        context.Trigger is { } trigger ? context.CompleteWith(outcomes: null, OutputsOf(trigger)) : Wait(context);

    protected abstract RunEvent Wait(in ControlContext context);

    /// <summary>The outputs with which it completes if it started the run; <see langword="null"/> for none.</summary>
    protected virtual Dictionary<string, JsonElement>? OutputsOf(Trigger trigger) => null;

    /// <summary>Waits for a duration from the start of the execution on.</summary>
    protected static RunEvent WaitFor(in ControlContext context, TimeSpan span)
    {
        if (span <= TimeSpan.Zero) return context.Complete();
        var begun = context.Execution.StartedAt!.Value;
        return span <= Latest - begun ? WaitUntil(context, begun + span) : TooLate(context, $"waits {span}");
    }

    /// <summary>Waits for a moment; completes at once if it has passed.</summary>
    protected static RunEvent WaitFor(in ControlContext context, DateTimeOffset at) =>
        at > Latest ? TooLate(context, string.Create(CultureInfo.InvariantCulture, $"waits until {at.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"))
        : at > context.Execution.StartedAt ? WaitUntil(context, at) : context.Complete();

    protected static ActivitySuspended WaitUntil(in ControlContext context, DateTimeOffset at) =>
        new(context.Number, DueAt: at.ToUniversalTime());

    static ActivityFaulted TooLate(in ControlContext context, string what) => context.Fail("activity.wait_too_long",
        $"'{context.Node.Id}' {what}, but no wait can end after the year 9998. Give a shorter one.");
}
