using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>The tables that a session writes, told to whoever keeps the checkpoint before each of them begins.</summary>
sealed class SqlWriteLog(SqlSessionContext context) : IDisposable
{
    readonly SemaphoreSlim gate = new(1);
    List<SqlWrite> writes = [.. context.Earlier?.Writes ?? []];

    /// <summary>The session that the earlier process had.</summary>
    public string? EarlierSession => context.Earlier?.Session;

    /// <summary>Finds the write that was under way, or is done, under a key.</summary>
    public SqlWrite? Find(string key) => writes.Find(write => write.Key == key);

    /// <summary>Makes durable that a table is begun.</summary>
    public async Task BeginAsync(string session, SqlWrite write, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            writes = [.. writes.Where(known => known.Key != write.Key), write];
            await context.SaveAsync(new(session, writes), cancellationToken);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Notes what came out; it becomes durable with the next table.</summary>
    public async Task<WrittenTable> EndAsync(SqlWrite write, WrittenTable written)
    {
        await gate.WaitAsync();
        writes = [.. writes.Select(known => known.Key == write.Key ? known with { Written = written } : known)];
        gate.Release();
        return written;
    }

    public void Dispose() => gate.Dispose();
}
