using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Executes one or all of several inner activities, by the condition of each.</summary>
sealed class Switch : ContainerActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe(ControlActivities.Switch, "Branching", "Execute the inner activity of the case whose condition is true.",
            SwitchCases.Input("SwitchCase", "", "switch-editor"), SwitchCases.Mode) with
        {
            Ports = Embedded("Default"),
            Outputs = [Out<object>("Output")],
        };

    public override IEnumerable<CaseOnWire> ReadCases(JsonCursor cursor) => SwitchCases.Read(cursor);

    protected override ContainerAdvanced OnOpen(in ControlContext context)
    {
        var matching = SwitchCases.Matching(context.Node, context.Execution);
        return context.StartAll(matching.Count > 0
            ? matching.Select(one => one.Activity)
            : [context.Node.Ports.GetValueOrDefault("Default")]);
    }

    protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        CompleteWhenEmpty(context, child);
}

/// <summary>Completes with one or all of several outcomes, by the condition of each.</summary>
sealed class FlowSwitch : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.FlowSwitch", "Branching", "Follow the path of the case whose condition is true.",
            SwitchCases.Input("FlowSwitchCase", "Flowchart.Models.", "flow-switch-editor"), SwitchCases.Mode) with
        {
            DisplayName = "Switch (flow)",
            Ports = Outcomes("Default"),
        };

    public override IEnumerable<CaseOnWire> ReadCases(JsonCursor cursor) => SwitchCases.Read(cursor);

    public override IReadOnlyList<string> OutcomesOf(ActivityNode node) =>
        [.. node.Cases.Select(one => one.Label), .. node.Descriptor!.Outcomes];

    public override RunEvent Execute(in ControlContext context)
    {
        var matching = SwitchCases.Matching(context.Node, context.Execution);
        return context.Complete(matching.Count > 0 ? matching.ConvertAll(one => one.Label) : ["Default"]);
    }
}

/// <summary>
/// The cases of a switch. Their conditions are evaluated when it starts: <c>Cases</c> is a list of true and false, up to the case that
/// decided.
/// </summary>
static class SwitchCases
{
    /// <summary>Name under which the evaluated conditions are recorded.</summary>
    public const string Name = "Cases";

    public static InputDescriptor Mode =>
        new("Mode", typeof(string), new()
        {
            Description = "Whether the first case that is true counts, or all of them.", UIHint = UIHints.DropDown,
            Options = ["MatchFirst", "MatchAny"],
        })
        {
            TypeName = "UnregisteredClrType:Elsa.Workflows.SwitchMode, Elsa.Workflows.Core",
        };

    public static InputDescriptor Input(string type, string folder, string hint) =>
        new(Name, typeof(JsonElement), new() { Description = "Label and condition of each case.", UIHint = hint })
        {
            IsWrapped = false,
            TypeName = "UnregisteredClrType:System.Collections.Generic.ICollection`1"
                + $"[[Elsa.Workflows.Activities.{folder}{type}, Elsa.Workflows.Core]], System.Private.CoreLib",
        };

    public static IEnumerable<CaseOnWire> Read(JsonCursor cursor)
    {
        foreach (var given in cursor.Objects("cases"))
        {
            var condition = given.Object("condition") is { } expression
                ? new Expression(expression.RequiredText("type", "the kind of expression, such as \"JavaScript\""),
                    expression.Json.TryGetProperty("value", out var text) ? text : default)
                : null;
            yield return new(given.Text("label") ?? "", condition, given);
        }
    }

    /// <summary>Whether all cases that are true count, and not only the first.</summary>
    public static bool MatchesAny(IReadOnlyDictionary<string, JsonElement> inputs) =>
        inputs.TryGetValue("Mode", out var mode) && mode.ValueKind is JsonValueKind.String && mode.GetString() is "MatchAny";

    /// <summary>The cases that count.</summary>
    public static List<SwitchCase> Matching(ActivityNode node, ExecutionState execution) =>
        !execution.Inputs.TryGetValue(Name, out var results) ? []
            : [.. node.Cases.Zip(results.EnumerateArray()).Where(pair => pair.Second.ValueKind is JsonValueKind.True)
                .Select(pair => pair.First)];
}
