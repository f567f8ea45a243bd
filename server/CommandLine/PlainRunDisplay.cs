using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.CommandLine;

/// <summary>Display of a run for logs and pipes: one plain line for each event.</summary>
/// <param name="workflow">The workflow that runs, for the names of its activities.</param>
/// <param name="output">Receives the lines.</param>
/// <param name="isQuiet">Whether to write only retries, warnings and failures.</param>
public sealed class PlainRunDisplay(WorkflowDefinition workflow, TextWriter output, bool isQuiet, TimeProvider time) : IRunObserver
{
    static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(5);
    readonly Lock gate = new();
    readonly Dictionary<string, (ActivityLine Line, DateTimeOffset SaidAt)> lines = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public void OnActivityStarted(ActivityAttempt attempt)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var line = LineOf(attempt).Start(attempt.Attempt, now);
            lines[attempt.ActivityId] = (line, now);
            if (!isQuiet) output.WriteLine($"{line.Name}: started");
        }
    }

    /// <inheritdoc/>
    public void OnProgress(ActivityAttempt attempt, ActivityProgress progress)
    {
        lock (gate)
        {
            if (!lines.TryGetValue(attempt.ActivityId, out var known)) return;
            var now = time.GetUtcNow();
            var isDue = now - known.SaidAt >= ProgressInterval;
            var line = known.Line with { Progress = progress };
            lines[attempt.ActivityId] = (line, isDue ? now : known.SaidAt);
            if (isDue && !isQuiet) output.WriteLine(RunNarrative.Progress(line, now));
        }
    }

    /// <inheritdoc/>
    public void OnLog(ActivityAttempt attempt, string eventName, string? message)
    {
        if (RunNarrative.IsWarning(eventName)) Say($"warning: {workflow.NameOf(attempt.ActivityId)}: {message}");
    }

    /// <inheritdoc/>
    public void OnActivityFinished(ActivityAttempt attempt, ActivityExecution execution)
    {
        lock (gate)
        {
            var line = LineOf(attempt).Finish(execution);
            lines[attempt.ActivityId] = (line, time.GetUtcNow());
            foreach (var warning in RunNarrative.Warnings(line.Name, attempt.Checks)) output.WriteLine($"warning: {warning}");
            if (!isQuiet) output.WriteLine(RunNarrative.Finish(line));
        }
    }

    /// <inheritdoc/>
    public void OnActivityReused(ActivityExecution execution)
    {
        if (!isQuiet && workflow.Activities[execution.ActivityId].Children.Count == 0) Say($"{workflow.NameOf(execution.ActivityId)}: reused from run {execution.ReusedFrom}");
    }

    /// <inheritdoc/>
    public void OnRetry(ActivityAttempt attempt, RunError error, TimeSpan delay) =>
        Say($"warning: {RunNarrative.Retry(workflow.NameOf(attempt.ActivityId), attempt.Attempt, error, delay)}");

    /// <inheritdoc/>
    public void OnRunFinished(Run run)
    {
        // The summary shows it.
    }

    /// <summary>Writes a line between the others.</summary>
    public void Say(string line)
    {
        lock (gate) output.WriteLine(line);
    }

    ActivityLine LineOf(ActivityAttempt attempt) =>
        lines.TryGetValue(attempt.ActivityId, out var known) ? known.Line : new(attempt.ActivityId, workflow.NameOf(attempt.ActivityId));
}
