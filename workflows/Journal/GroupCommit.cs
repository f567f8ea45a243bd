using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// Lets the appends of many runs share a transaction. An append that comes while no transaction is in progress is written at once, by
/// itself; those that come meanwhile are written together by the next one.
/// </summary>
sealed class GroupCommit(JournalWriter writer)
{
    // A second transaction is prepared while the disk writes the first.
    const int MostAppends = 128;

    readonly Lock gate = new();
    readonly Queue<Waiting> waiting = new();
    int transactions;

    /// <summary>Writes an append durably, in a transaction that it may share.</summary>
    /// <returns>Whether the run was held and is advanced; if not, nothing is written.</returns>
    /// <exception cref="PostgresException">The store refused this append.</exception>
    /// <exception cref="NpgsqlException">The store is unavailable; the append may have been written or not.</exception>
    public Task<bool> WriteAsync(JournalRows append)
    {
        var mine = new Waiting(append);
        lock (gate)
        {
            waiting.Enqueue(mine);
            if (transactions == StoreDatabase.AppendsAtOnce) return mine.Written.Task;
            transactions++;
        }
        // Not awaited: it ends when no append waits any more, and completes each append with its result.
        _ = WriteWaitingAsync();
        return mine.Written.Task;
    }

    async Task WriteWaitingAsync()
    {
        while (TakeGroup() is { } group) await WriteAsync(group);
    }

    /// <returns>Null if nothing waits: this was the last transaction of its kind.</returns>
    List<Waiting>? TakeGroup()
    {
        lock (gate)
        {
            if (waiting.Count == 0)
            {
                transactions--;
                return null;
            }
            var group = new List<Waiting>();
            while (group.Count < MostAppends && waiting.TryDequeue(out var next)) group.Add(next);
            return group;
        }
    }

    async Task WriteAsync(List<Waiting> group)
    {
        try
        {
            var isAdvanced = await writer.WriteAsync(group.ConvertAll(member => member.Append));
            for (var place = 0; place < group.Count; place++) group[place].Written.SetResult(isAdvanced[place]);
        }
        catch (PostgresException refused) when (JournalWriter.IsRefusal(refused) && group.Count > 1)
        {
            // Nothing of the group was written. One of the appends is at fault: each is tried alone, so that it affects only itself.
            foreach (var member in group) await WriteAsync([member]);
        }
        // CA1031: every exception belongs to the appends that wait.
#pragma warning disable CA1031
        catch (Exception fault)
#pragma warning restore CA1031
        {
            foreach (var member in group) member.Written.SetException(fault);
        }
    }

    sealed class Waiting(JournalRows append)
    {
        public JournalRows Append => append;

        public TaskCompletionSource<bool> Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
