using Microsoft.Extensions.Logging;
using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>A signal of the store.</summary>
/// <param name="channel">The subject; see the constants of <see cref="StoreSignals"/>.</param>
/// <param name="payload">The object of the signal; empty if it may be any.</param>
sealed class StoreSignal(string channel, string payload) : EventArgs
{
    public string Channel => channel;

    public string Payload => payload;
}

/// <summary>
/// Receives the notifications that the store sends on commit, over one connection of this process. Notifications are lost while it is
/// broken, so listeners also poll now and then.
/// </summary>
public sealed partial class StoreSignals(StoreDatabase store, TimeProvider clock, ILogger<StoreSignals> log) : IAsyncDisposable
{
    /// <summary>A run can be claimed.</summary>
    internal const string RunReady = "orchestrator_run_ready";

    /// <summary>The cancellation of the run of this id, which a worker drives, was requested.</summary>
    internal const string RunCancel = "orchestrator_run_cancel";

    /// <summary>Activities of the run of this id got slots that they had waited for.</summary>
    internal const string SlotGranted = "orchestrator_slot_granted";

    /// <summary>A schedule or a backfill changed, or may start another run.</summary>
    internal const string SchedulesChanged = "orchestrator_schedules";

    /// <summary>A suspended run received a signal.</summary>
    internal const string RunSignal = "orchestrator_run_signal";

    static readonly TimeSpan Silence = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromSeconds(1);

    readonly Lock gate = new();
    readonly CancellationTokenSource stop = new();
    Task? listening;

    /// <summary>
    /// Raised for each signal, from any thread; handlers must return at once. After a break of the connection each channel is raised once
    /// without payload.
    /// </summary>
    internal event EventHandler<StoreSignal>? Heard;

    /// <summary>Begins to listen; does nothing if it does already.</summary>
    internal void Listen()
    {
        lock (gate) listening ??= Task.Run(() => ListenAsync(stop.Token), CancellationToken.None);
    }

    async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await HearAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception broken) when (broken is NpgsqlException or IOException or ObjectDisposedException or InvalidOperationException)
            {
                ConnectionBroken(broken.Message);
                await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    async Task HearAsync(CancellationToken cancellationToken)
    {
        await using var connection = await store.DataSource.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, call) => Heard?.Invoke(this, new(call.Channel, call.Payload));
        string[] channels = [RunReady, RunCancel, SlotGranted, SchedulesChanged, RunSignal];
        await connection.Command(string.Join("; ", channels.Select(channel => $"listen {channel}"))).ExecuteAsync(cancellationToken);
        foreach (var channel in channels) Heard?.Invoke(this, new(channel, ""));
        // A connection that broke silently is detected by using it.
        while (true)
        {
            if (!await connection.WaitAsync(Silence, cancellationToken))
                await connection.Command("select 1").ExecuteAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (listening is { } task) await task;
        stop.Dispose();
    }

    [LoggerMessage(1010, LogLevel.Warning, "The connection that hears of new runs broke ({Reason}); until it is there again workers " +
        "look every few seconds.")]
    partial void ConnectionBroken(string reason);
}
