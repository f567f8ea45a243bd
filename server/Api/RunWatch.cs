using System.Collections.Concurrent;

namespace Orchestrator.Server.Api;

/// <summary>Unread news for one watcher of a run: the last progress of each activity, log lines, and whether the journal grew.</summary>
sealed class RunWatch(TimeProvider time, Action<RunWatch> end) : IDisposable
{
    // A slow watcher loses the oldest lines; the log has them all.
    const int MostLines = 1_000;

    readonly ConcurrentDictionary<string, ProgressResponse> progress = new(StringComparer.Ordinal);
    readonly ConcurrentQueue<LogLineResponse> lines = new();
    readonly SemaphoreSlim signal = new(0, 1);
    int isJournalLonger;

    /// <summary>Records the progress of an activity.</summary>
    public void Report(ProgressResponse far)
    {
        progress[far.ActivityId] = far;
        Signal();
    }

    /// <summary>Records a line of the log.</summary>
    public void Report(LogLineResponse line)
    {
        lines.Enqueue(line);
        while (lines.Count > MostLines) lines.TryDequeue(out _);
        Signal();
    }

    /// <summary>Records that the journal grew.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref isJournalLonger, 1);
        Signal();
    }

    /// <summary>Waits for news, at most for a given time.</summary>
    /// <returns>Whether the journal grew.</returns>
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
            // The caller checks the journal anyway.
        }
        return Interlocked.Exchange(ref isJournalLonger, 0) == 1;
    }

    /// <summary>Takes the unread progress and log lines.</summary>
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
            // Another thread has signaled already.
        }
    }
}
