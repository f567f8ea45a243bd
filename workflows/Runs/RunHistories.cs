namespace Orchestrator.Workflows.Runs;

/// <summary>
/// Histories of runs for readers. A history that is requested again continues from its end: only the further lines of the journal are read
/// and folded.
/// </summary>
public sealed class RunHistories(RunStore runs)
{
    // Enough for the requests of one page, and for a few pages; a history of that many executions and events takes about 100 MB.
    const int MostRuns = 50, MostEntries = 250_000;

    readonly Lock gate = new();
    readonly LinkedList<(Guid Run, RunHistory History)> recent = [];

    /// <summary>Reads the history of a run.</summary>
    public async Task<RunHistory> ReadAsync(Run run, CancellationToken cancellationToken)
    {
        // The journal was removed, so the history that was read from it is dropped too.
        var known = run.HistoryRemovedAt is null ? Take(run.Id) : null;
        var history = await runs.ReadHistoryAsync(run.Id, known, cancellationToken);
        if (run.HistoryRemovedAt is null) Keep(run.Id, history);
        return history;
    }

    RunHistory? Take(Guid run)
    {
        lock (gate) return recent.FirstOrDefault(known => known.Run == run).History;
    }

    void Keep(Guid run, RunHistory history)
    {
        lock (gate)
        {
            for (var at = recent.First; at is not null; at = at.Next)
            {
                if (at.Value.Run != run) continue;
                // Another request may have read further meanwhile.
                if (at.Value.History.Sequence > history.Sequence) history = at.Value.History;
                recent.Remove(at);
                break;
            }
            recent.AddFirst((run, history));
            var entries = recent.Sum(known => known.History.Executions.Count + known.History.Events.Count);
            while (recent.Count > 1 && (recent.Count > MostRuns || entries > MostEntries))
            {
                var oldest = recent.Last!.Value.History;
                entries -= oldest.Executions.Count + oldest.Events.Count;
                recent.RemoveLast();
            }
        }
    }
}
