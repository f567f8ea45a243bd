using System.Runtime.InteropServices;

namespace Orchestrator.Server.Machine;

/// <summary>
/// Turns the first Ctrl-C or request to stop into a canceled token. A second one ends the process at once, unless a listener handles it.
/// </summary>
public sealed class Interruption : IDisposable
{
    readonly CancellationTokenSource first = new();
    readonly List<PosixSignalRegistration> registrations = [];
    CancellationTokenSource? second;

    /// <summary>Starts to listen; disposing stops.</summary>
    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Token that is canceled when a person or the system asks the process to stop.</summary>
    public CancellationToken Token => first.Token;

    /// <summary>Returns a token that is canceled by the second request; from then on a third one ends the process.</summary>
    public CancellationToken ListenForSecond() => (second ??= new()).Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        first.Dispose();
        second?.Dispose();
    }

    void Handle(PosixSignalContext context)
    {
        var source = first.IsCancellationRequested ? second : first;
        if (source is null or { IsCancellationRequested: true }) return;
        context.Cancel = true;
        source.Cancel();
    }
}
