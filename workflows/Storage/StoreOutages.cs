using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Storage;

/// <summary>Carries operations of the store over a time in which PostgreSQL is away, such as a restart.</summary>
public sealed partial class StoreOutages(IOptions<RunOptions> options, TimeProvider clock, ILogger<StoreOutages> log)
{
    // idle_in_transaction_session_timeout: the server ended the session.
    const string IdleInTransaction = "25P03";

    static readonly GrowingPause Pause = new(TimeSpan.FromMilliseconds(50), Longest: TimeSpan.FromSeconds(1));

    /// <summary>Executes an operation until it gets through; it must be harmless to repeat.</summary>
    /// <exception cref="NpgsqlException">The server refused it, or was away for longer than
    /// <see cref="RunOptions.StoreOutage"/>.</exception>
    public async Task<T> RideOutAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellationToken)
    {
        var begun = clock.GetTimestamp();
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await operation(cancellationToken);
            }
            catch (NpgsqlException unavailable) when (IsOutage(unavailable) && clock.GetElapsedTime(begun) < options.Value.StoreOutage)
            {
                var delay = Pause.After(failures);
                StoreAway(unavailable.Message, delay);
                await Task.Delay(delay, clock, cancellationToken);
            }
        }
    }

    /// <inheritdoc cref="RideOutAsync{T}(Func{CancellationToken, Task{T}}, CancellationToken)"/>
    public Task RideOutAsync(Func<CancellationToken, Task> operation, CancellationToken cancellationToken) =>
        RideOutAsync(async token => { await operation(token); return true; }, cancellationToken);

    /// <summary>
    /// Whether an exception says that the server is away, going or coming, or that the same operation will get through when repeated.
    /// </summary>
    public static bool IsOutage(NpgsqlException fault) => fault.IsTransient
        || fault.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or IdleInTransaction
        || fault is
        {
            SqlState: null, InnerException: IOException or System.Net.Sockets.SocketException or TimeoutException or ObjectDisposedException,
        };

    [LoggerMessage(1001, LogLevel.Warning, "The store is away ({Reason}); trying again in {Delay}.")]
    partial void StoreAway(string reason, TimeSpan delay);
}
