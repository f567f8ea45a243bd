using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>Executes one of two inner activities, by a condition.</summary>
sealed class If : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.If", "Branching", "Evaluate a Boolean condition to determine which activity to execute next.",
            In<bool>("Condition", hint: UIHints.SingleLine, isRequired: true)) with
        {
            Ports = Embedded("Then", "Else"),
            Outputs = [Out<bool>("Result", "What the condition gave.")],
        };

    public override IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container)
    {
        var isTrue = container.Inputs.TryGetValue("Condition", out var condition) && condition.ValueKind is JsonValueKind.True;
        return new Dictionary<string, JsonElement> { ["Result"] = JsonSerializer.SerializeToElement(isTrue) };
    }

    protected override ContainerAdvanced OnOpen(in ControlContext context) =>
        context.Start(context.Node.Ports.GetValueOrDefault(context.IsTrue("Condition") ? "Then" : "Else"), child: null);

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        context.Start(next: null, child.Number);
}

/// <summary>Completes with one of two outcomes, by a condition.</summary>
sealed class FlowDecision : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.FlowDecision", "Branching", "Evaluate a Boolean condition to determine which path to execute next.",
            In<bool>("Condition", hint: UIHints.SingleLine, isRequired: true)) with
        {
            DisplayName = "Decision",
            Ports = Outcomes("True", "False"),
        };

    public override RunEvent Execute(in ControlContext context) => context.Complete([context.IsTrue("Condition") ? "True" : "False"]);
}
