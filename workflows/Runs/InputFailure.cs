using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Runs;

/// <summary>An input could not be evaluated: Elsa's message with the cause behind it, in one text, so that nobody has to look for the cause.</summary>
static class InputFailure
{
    public static RunError Of(ActivityNode node, InputDescriptor input, ActivityFailedException cause) =>
        new(cause.Code, $"Failed to evaluate activity input '{input.Name}': {cause.Message}", node.Id);
}
