using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>An input could not be evaluated: Elsa's message with the cause behind it, in one text, so that nobody has to look for the cause.</summary>
public static class InputFailure
{
    const string Begin = "Failed to evaluate activity input '";

    internal static RunError Of(ActivityNode node, InputDescriptor input, ActivityFailedException cause) => new(cause.Code, $"{Begin}{input.Name}': {cause.Message}", node.Id);

    /// <summary>A run's message as Elsa has it: what failed, and the cause apart.</summary>
    /// <returns>The message itself and no cause where it is of another failure.</returns>
    public static (string Message, string? Cause) Split(string message)
    {
        var end = message.StartsWith(Begin, StringComparison.Ordinal) ? message.IndexOf("': ", Begin.Length, StringComparison.Ordinal) : -1;
        return end < 0 ? (message, null) : (message[..(end + 1)], message[(end + 3)..]);
    }
}
