using Microsoft.Extensions.DependencyInjection;

namespace Orchestrator.Workflows.Activities;

/// <summary>The view that an activity has of one attempt of itself. The shape is that of Elsa 3.x.</summary>
/// <param name="inputs">Input name → evaluated and converted value.</param>
/// <param name="services">The scope of this attempt.</param>
/// <param name="cancellationToken">Canceled when a person, a timeout or a shutdown ends the attempt.</param>
public sealed class ActivityExecutionContext(
    IReadOnlyDictionary<string, object?> inputs, IServiceProvider services, CancellationToken cancellationToken)
{
    readonly Dictionary<string, object?> outputs = new(StringComparer.Ordinal);

    /// <summary>Canceled when a person, a timeout or a shutdown ends the attempt.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Output name → value, as set so far.</summary>
    internal IReadOnlyDictionary<string, object?> Outputs => outputs;

    /// <summary>The outcomes that the activity chose; <c>Done</c> if it chose none.</summary>
    internal IReadOnlyList<string> Outcomes { get; private set; } = ["Done"];

    /// <summary>Returns the value of an input; the type's default if the definition gives none.</summary>
    public T? Get<T>(Input<T> input) => inputs.TryGetValue(input.Name, out var value) && value is not null ? (T)value : default;

    /// <summary>Sets an output.</summary>
    public void Set<T>(Output<T> output, T value) => outputs[output.Name] = value;

    /// <summary>Returns a service of the host, from the scope of this attempt.</summary>
    public T GetRequiredService<T>() where T : notnull => services.GetRequiredService<T>();

    /// <summary>Writes a line to the activity's log, which pages and the command line show.</summary>
    /// <param name="eventName">The event, in one or two words.</param>
    /// <param name="message">A sentence for a person.</param>
    public void AddExecutionLogEntry(string eventName, string? message = null) =>
        services.GetRequiredService<ActivityAttempt>().Log(eventName, message);

    /// <summary>Completes the activity with these outcomes instead of <c>Done</c>.</summary>
    public ValueTask CompleteActivityWithOutcomesAsync(params string[] outcomes)
    {
        Outcomes = outcomes;
        return ValueTask.CompletedTask;
    }
}
