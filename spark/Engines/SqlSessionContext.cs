namespace Orchestrator.Spark.Engines;

/// <summary>Context of a session, given by whoever opens it.</summary>
/// <param name="ScratchDirectory">A folder of the caller's for spilled and half-written files; created where it is missing.</param>
public sealed record SqlSessionContext(string ScratchDirectory)
{
    /// <summary>
    /// Work that an earlier process had begun for the same purpose; <see langword="null"/> for none. An engine in this process has no use
    /// for it.
    /// </summary>
    public SqlCheckpoint? Earlier { get; init; }

    /// <summary>Saves durably what is under way, before it begins.</summary>
    public Func<SqlCheckpoint, CancellationToken, Task> SaveAsync { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Receives the progress of a query; called from any thread, must return at once.</summary>
    public Action<SqlProgress> OnProgress { get; init; } = static _ => { };
}

/// <summary>Work of an engine outside of this process, saved so that another process can continue it.</summary>
/// <param name="Session">Id of the session there.</param>
/// <param name="Writes">The tables, in the order of their beginning.</param>
public sealed record SqlCheckpoint(string Session, IReadOnlyList<SqlWrite> Writes);

/// <summary>A table that is being written, or has been.</summary>
/// <param name="Key">Tells what is written: the query, its parameters and the files that it reads.</param>
/// <param name="Operation">Id of the execution there.</param>
/// <param name="Target">Folder that it writes into.</param>
/// <param name="Written">What came out; <see langword="null"/> while it is under way.</param>
public sealed record SqlWrite(string Key, string Operation, Uri Target, WrittenTable? Written);

/// <summary>Progress of a query.</summary>
/// <param name="Stages">Stages begun so far.</param>
/// <param name="Tasks">Tasks of these.</param>
/// <param name="TasksDone">Tasks that are done.</param>
public sealed record SqlProgress(int Stages, long Tasks, long TasksDone);

/// <summary>One thing that an engine was asked to see whether it works.</summary>
/// <param name="Check">What was looked at, such as <c>spark session</c>.</param>
/// <param name="Found">What came out.</param>
/// <param name="Time">How long it took.</param>
public sealed record EngineProbe(string Check, string Found, TimeSpan Time);

/// <summary>Short forms.</summary>
public static class SqlEngines
{
    extension(ISqlEngine engine)
    {
        /// <summary>Opens a session that nobody goes on with.</summary>
        public Task<ISqlSession> OpenAsync(
            string scratchDirectory, CancellationToken cancellationToken) =>
            engine.OpenAsync(new SqlSessionContext(scratchDirectory), cancellationToken);
    }
}
