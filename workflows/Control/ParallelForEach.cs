using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Executes its body for all items in parallel.</summary>
sealed class ParallelForEach : Loop
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.ParallelForEach", "Looping", "Execute an activity for each of some values, side by side.",
            In<JsonElement[]>("Items", "The values.", isRequired: true) with { TypeName = "Object" }) with
        {
            DisplayName = "Parallel for Each",
            Ports = Embedded("Body"),
        };

    protected override ContainerAdvanced OnOpen(in ControlContext context)
    {
        if (BodyOf(context.Node) is not { } body || Items(context.Execution) is not { } items || items.GetArrayLength() == 0)
            return context.Start(next: null, child: null);
        var first = context.State.Executions.Count + 1;
        return new(context.Number, Child: null,
            [.. items.EnumerateArray().Select((item, i) => new ScheduledChild(first + i, body.Id, SeenOf(item, i)))]);
    }

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        CompleteWhenEmpty(context, child);
}
