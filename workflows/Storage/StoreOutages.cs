using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Workflows.Storage;

/// <summary>Repeats operations of the store while PostgreSQL is unavailable, such as during a restart.</summary>
public sealed partial class StoreOutages(IOptions<RunOptions> options, TimeProvider clock, ILogger<StoreOutages> log)
{
    // idle_in_transaction_session_timeout: the server ended the session.
    const string IdleInTransaction = "25P03";

    static readonly GrowingPause Pause = new(TimeSpan.FromMilliseconds(50), Longest: TimeSpan.FromSeconds(1));

    /// <summary>Executes an operation until it succeeds; it must be harmless to repeat.</summary>
    /// <exception cref="NpgsqlException">The server refused it, or was unavailable for longer than
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
    /// Whether an exception means that the server is unavailable, stopping or starting, or that the same operation will succeed when
    /// repeated.
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
