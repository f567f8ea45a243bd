using System.Collections.Concurrent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Workers;

/// <summary>The run as one worker sees it: the state, and the events since the last commit.</summary>
sealed class RunRecorder(RunJournal journal, Fence fence, WorkflowDefinition definition, TimeProvider clock)
{
    readonly List<JournalEntry> entries = [];
    readonly List<CheckRow> checks = [];
    readonly List<MaterializationRow> materializations = [];
    readonly ConcurrentQueue<LogRow> log = new();
    RunRow? durable;

    /// <summary>The lease under which it writes.</summary>
    public Fence Fence => fence;

    public RunState State { get; private set; } = new();

    /// <summary>Whether there are log lines that are not durable yet.</summary>
    public bool HasLog => !log.IsEmpty;

    /// <summary>Reads the journal; uncommitted events are dropped, except log lines.</summary>
    /// <param name="keepsLog">Whether log lines are still written; false if the store may refuse them.</param>
    public async Task LoadAsync(CancellationToken cancellationToken, bool keepsLog = true)
    {
        if (!keepsLog) log.Clear();
        entries.Clear();
        checks.Clear();
        materializations.Clear();
        State = RunState.Of(await journal.ReadAsync(fence.RunId, cancellationToken));
        State.TakeChanged();
        // Others may have changed the row: a run that waited is queued without an event in its journal.
        durable = null;
    }

    public void Record(RunEvent happened)
    {
        var entry = new JournalEntry(State.Sequence + 1, JournalClock.Now(clock), happened);
        State.Apply(entry);
        entries.Add(entry);
        if (happened is ActivityCompleted { Number: var number } && State[number].Reused is null
            && (NodeOf(number).Control as DecidingActivity)?.LogOf(State[number]) is { } line)
            log.Enqueue(new(fence.RunId, State[number].ActivityId, 0, entry.At, "WriteLine", line));
    }

    public ActivityNode NodeOf(int number) => definition.Activities[State[number].ActivityId];

    public void Log(ActivityAttempt attempt, string eventName, string? message) =>
        log.Enqueue(new(fence.RunId, attempt.ActivityId, attempt.Attempt, JournalClock.Now(clock), eventName, message));

    /// <summary>Records the checks of an attempt.</summary>
    public void AddChecks(ActivityAttempt attempt)
    {
        var at = JournalClock.Now(clock);
        checks.AddRange(attempt.Checks.Select(check => CheckRow.Of(attempt, at, check)));
    }

    /// <summary>Records the materializations of an attempt.</summary>
    /// <returns>Ids of the materializations, in order; null for none.</returns>
    public List<Guid>? AddMaterializations(ActivityAttempt attempt)
    {
        if (attempt.Materializations is not { Count: > 0 } drafts) return null;
        var at = JournalClock.Now(clock);
        var rows = drafts.Select(draft => MaterializationRow.Of(draft.Id == Guid.Empty ? Guid.CreateVersion7(at) : draft.Id, attempt, at, draft)).ToList();
        materializations.AddRange(rows);
        return [.. rows.Where(row => !row.IsRemoval).Select(row => row.Id)];
    }

    /// <summary>
    /// Makes everything since the last commit durable, in one commit. Before it yields it has collected all that it writes, so more may be
    /// recorded meanwhile, and is written by the next commit, which begins when this one has ended.
    /// </summary>
    /// <exception cref="CommitRefusedException">Nothing was committed; <see cref="LoadAsync"/> returns to the state before.</exception>
    public Task CommitAsync()
    {
        var lines = log.ToArray();
        if (entries.Count == 0 && lines.Length == 0 && checks.Count == 0) return Task.CompletedTask;
        var changed = State.TakeChanged().ConvertAll(execution => ExecutionRow.Of(fence.RunId, definition.Activities[execution.ActivityId], execution));
        var run = RunRow.Of(State);
        var append = new JournalAppend(fence, State.Sequence - entries.Count, [.. entries], run == durable ? null : run, changed, lines, [.. checks], [.. materializations]);
        durable = run;
        for (var i = 0; i < lines.Length; i++) log.TryDequeue(out _);
        entries.Clear();
        checks.Clear();
        materializations.Clear();
        return AppendAsync(append);
    }

    async Task AppendAsync(JournalAppend append)
    {
        using var span = RunTelemetry.Source.StartActivity("commit")?.SetTag(RunTags.Events, append.Entries.Count);
        var begun = clock.GetTimestamp();
        try
        {
            // Not canceled: a cancellation itself must still be written.
            await journal.AppendAsync(append, CancellationToken.None);
        }
        catch (CommitRefusedException refused)
        {
            span.Fail(new(refused.Code, refused.Message, ActivityId: null));
            foreach (var line in append.Log) log.Enqueue(line);
            throw;
        }
        RunMetrics.Committed(clock.GetElapsedTime(begun));
    }
}
