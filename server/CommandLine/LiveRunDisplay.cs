using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orchestrator.Server.CommandLine;

/// <summary>Live display of a run: one updating line for each activity, warnings and retries below.</summary>
/// <param name="workflow">The workflow that runs.</param>
/// <param name="title">First line.</param>
public sealed class LiveRunDisplay(WorkflowDefinition workflow, string title, TimeProvider time) : IRunObserver
{
    const string Spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";
    const int NotesShown = 6;
    static readonly TimeSpan FrameTime = TimeSpan.FromMilliseconds(100);

    readonly Lock gate = new();
    readonly List<string> notes = [];
    readonly List<ActivityLine> lines = [.. workflow.Steps.Select(node => new ActivityLine(node.Id, workflow.NameOf(node.Id)))];

    /// <summary>Shows the display while work executes; the last state stays on the screen.</summary>
    public async Task<T> ShowAsync<T>(IAnsiConsole console, Func<Task<T>> work)
    {
        var started = time.GetUtcNow();
        return await console.Live(Frame(console, started)).AutoClear(false).Overflow(VerticalOverflow.Ellipsis).StartAsync(async context =>
        {
            var running = work();
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(FrameTime, time, CancellationToken.None));
                context.UpdateTarget(Frame(console, started));
            }
            return await running;
        });
    }

    /// <summary>Renders the current lines.</summary>
    /// <param name="width">Columns of the terminal.</param>
    public IReadOnlyList<(string Text, Style Style)> Render(DateTimeOffset started, int width)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var spinner = Spinner[(int)((now - started).Ticks / FrameTime.Ticks % Spinner.Length)];
            return
            [
                (title, Style.Plain),
                .. lines.Select(line => RenderLine(line, spinner, now, width)),
                .. notes.TakeLast(NotesShown).Select(note => ($"! {note}", new Style(Color.Yellow))),
            ];
        }
    }

    /// <summary>Shows a message below the activities.</summary>
    public void Say(string note)
    {
        lock (gate) notes.Add(note);
    }

    /// <inheritdoc/>
    public void OnActivityStarted(ActivityAttempt attempt) => Change(attempt.ActivityId, line => line.Start(attempt.Attempt, time.GetUtcNow()));

    /// <inheritdoc/>
    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress) => Change(attempt.ActivityId, line => line with { Progress = progress });

    /// <inheritdoc/>
    public void OnLog(ActivityAttempt attempt, string eventName, string? message)
    {
        if (RunNarrative.IsWarning(eventName)) Say($"{workflow.NameOf(attempt.ActivityId)}: {message}");
    }

    /// <inheritdoc/>
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution)
    {
        Change(attempt.ActivityId, line => line.Finish(execution));
        foreach (var warning in RunNarrative.Warnings(workflow.NameOf(attempt.ActivityId), attempt.Checks)) Say(warning);
    }

    /// <inheritdoc/>
    public void OnActivityReused(ActivityExecution execution) => Change(execution.ActivityId, line => line.Finish(execution));

    /// <inheritdoc/>
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay)
    {
        Change(attempt.ActivityId, line => line with { Status = ActivityStatus.Retrying });
        Say(RunNarrative.Retry(workflow.NameOf(attempt.ActivityId), attempt.Attempt, error, delay));
    }

    /// <inheritdoc/>
    public void OnRunFinished(Run run)
    {
        // An activity that fails before its first attempt was never started.
        lock (gate)
        {
            var index = lines.FindIndex(line => line.Id == run.Error?.ActivityId && line.Status is null);
            if (index >= 0) lines[index] = lines[index] with { Status = ActivityStatus.Failed };
        }
    }

    static (string Text, Style Style) RenderLine(ActivityLine line, char spinner, DateTimeOffset now, int width)
    {
        var (mark, style) = line.Status switch
        {
            ActivityStatus.Succeeded => ('✓', new Style(Color.Green)),
            ActivityStatus.Failed => ('✗', new Style(Color.Red)),
            ActivityStatus.Cancelled => ('–', new Style(Color.Yellow)),
            ActivityStatus.Queued or ActivityStatus.Running or ActivityStatus.Retrying or ActivityStatus.Suspended => (spinner, Style.Plain),
            _ => ('·', new Style(decoration: Decoration.Dim)),
        };
        return (line.Render(mark, now, width), style);
    }

    void Change(string activityId, Func<ActivityLine, ActivityLine> change)
    {
        lock (gate)
        {
            var index = lines.FindIndex(line => line.Id == activityId);
            if (index >= 0) lines[index] = change(lines[index]);
        }
    }

    Rows Frame(IAnsiConsole console, DateTimeOffset started) =>
        new(Render(started, console.Profile.Width).Select(IRenderable (line) => new Text(VisibleText.Line(line.Text), line.Style)));
}
