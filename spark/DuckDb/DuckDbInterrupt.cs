using DuckDB.NET.Data;

namespace Orchestrator.Spark.DuckDb;

/// <summary>Ends a statement of DuckDB when a token is canceled. Dispose it when the statement has ended.</summary>
sealed class DuckDbInterrupt : IDisposable
{
    // An interrupt that comes before the statement has begun is lost, so it is sent again until the statement has ended.
    static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);

    readonly Lock gate = new();
    readonly DuckDBCommand command;
    readonly CancellationTokenRegistration registration;
    ITimer? timer;
    bool hasEnded;

    /// <summary>Watches over a statement that is about to be executed on this thread.</summary>
    public DuckDbInterrupt(DuckDBCommand command, CancellationToken cancellationToken)
    {
        this.command = command;
        registration = cancellationToken.Register(Begin);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate) hasEnded = true;
        registration.Dispose();
        timer?.Dispose();
    }

    void Begin()
    {
        lock (gate)
            if (!hasEnded) timer = TimeProvider.System.CreateTimer(_ => Interrupt(), null, TimeSpan.Zero, Again);
    }

    void Interrupt()
    {
        lock (gate)
            if (!hasEnded) command.Cancel();
    }
}
