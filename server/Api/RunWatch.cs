using System.Collections.Concurrent;

namespace Orchestrator.Server.Api;

/// <summary>What one watcher of a run has not seen yet: the last progress of each activity, log lines, and whether the journal got longer.</summary>
sealed class RunWatch(TimeProvider time, Action<RunWatch> end) : IDisposable
{
    // Of a watcher who does not read the oldest lines are forgotten; the log itself has them all.
    const int MostLines = 1_000;

    readonly ConcurrentDictionary<string, ProgressResponse> progress = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<LogLineResponse> lines = new();
    readonly SemaphoreSlim signal = new(0, 1);
    int isJournalLonger;

    /// <summary>Notes how far an activity is.</summary>
    public void Report(ProgressResponse far)
    {
        progress[far.ActivityId] = far;
        Signal();
    }

    /// <summary>Notes a line of the log.</summary>
    public void Report(LogLineResponse line)
    {
        lines.Enqueue(line);
        while (lines.Count > MostLines) lines.TryDequeue(out _);
        Signal();
    }

    /// <summary>Notes that the journal got longer.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref isJournalLonger, 1);
        Signal();
    }

    /// <summary>Waits until something is there, or for a time.</summary>
    /// <returns>Whether the journal got longer.</returns>
    public async Task<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await signal.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look anyway.
        }
        return Interlocked.Exchange(ref isJournalLonger, 0) == 1;
    }

    /// <summary>Takes what is there.</summary>
    public IEnumerable<(string Type, object Data)> Take()
    {
        while (lines.TryDequeue(out var line)) yield return ("log", line);
        foreach (var (activity, _) in progress)
            if (progress.TryRemove(activity, out var far)) yield return ("progress", far);
    }

    /// <inheritdoc/>
    public void Dispose() => end(this);

    void Signal()
    {
        try
        {
            if (signal.CurrentCount == 0) signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another thread was faster: it is signalled.
        }
    }
}
