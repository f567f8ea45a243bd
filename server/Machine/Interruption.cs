using System.Runtime.InteropServices;

namespace Orchestrator.Server.Machine;

/// <summary>
/// Turns the first Ctrl-C or request to end into a cancelled token. A second one ends the process at once, unless somebody listens
/// for it to do that in order.
/// </summary>
public sealed class Interruption : IDisposable
{
    readonly CancellationTokenSource first = new();
    readonly List<PosixSignalRegistration> registrations = [];
    CancellationTokenSource? second;

    /// <summary>Listens until it is disposed.</summary>
    public Interruption()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Cancelled when a person or the system asked us to end.</summary>
    public CancellationToken Token => first.Token;

    /// <summary>Cancelled when they ask again; from now on only a third time ends the process by itself.</summary>
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
