using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>
/// A container that executes its body several times. A pass is one execution of the body, so the number of passes begun is the whole state
/// of a loop.
/// </summary>
abstract class Loop : ContainerActivity
{
    /// <summary>Name of the variable with the item or number of a pass, which its body sees.</summary>
    public const string CurrentValue = "CurrentValue";

    /// <summary>Name of the variable with the index of the item, from 0.</summary>
    public const string CurrentIndex = "CurrentIndex";

    public sealed override IEnumerable<ActivityNode> After(ActivityNode node, ActivityNode child) => node.Children;

    protected static ActivityNode? BodyOf(ActivityNode node) => node.Ports.GetValueOrDefault("Body");

    protected static JsonElement? Items(ExecutionState loop) =>
        loop.Inputs.TryGetValue("Items", out var items) && items.ValueKind is JsonValueKind.Array ? items : null;

    /// <summary>The variables that the body sees in a pass over an item.</summary>
    protected static Dictionary<string, JsonElement> SeenOf(JsonElement item, int index) => new(StringComparer.Ordinal)
    {
        [CurrentValue] = item, [CurrentIndex] = JsonSerializer.SerializeToElement(index),
    };
}

/// <summary>A loop that makes one pass for each of some values, one after the other.</summary>
abstract class SerialLoop : Loop
{
    public sealed override IReadOnlyDictionary<string, JsonElement>? OutputsOf(ActivityNode node, ExecutionState container) =>
        container.Children > 0 && ValueAt(container, container.Children - 1) is { } last
            ? new Dictionary<string, JsonElement> { [CurrentValue] = last } : null;

    protected sealed override ContainerAdvanced OnOpen(in ControlContext context) => Pass(context, child: null);

    protected sealed override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
        Pass(context, child.Number);

    /// <summary>Returns the value of a pass, counted from 0; <see langword="null"/> after the last one.</summary>
    protected abstract JsonElement? ValueAt(ExecutionState loop, int pass);

    /// <summary>The variables that the body sees in a pass.</summary>
    protected abstract Dictionary<string, JsonElement> Seen(JsonElement value, int pass);

    ContainerAdvanced Pass(in ControlContext context, int? child)
    {
        var (node, pass) = (context.Node, context.Execution.Children);
        if (BodyOf(node) is not { } body || ValueAt(context.Execution, pass) is not { } value) return context.Start(next: null, child);
        var outputs = new Dictionary<string, JsonElement> { [CurrentValue] = value };
        return new(context.Number, child, [new(context.State.Executions.Count + 1, body.Id, Seen(value, pass))],
            Variables: VariablesInScope.Written(context.Definition, node, outputs));
    }
}

/// <summary>Counts from one number to another.</summary>
sealed class For : SerialLoop
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.For", "Looping", "Count from a start to an end.",
            In<int>("Start", "The first number."), In<int>("End", "The last number."),
            In<int>("Step", "What is added each time; a negative number counts down."),
            In<bool>("OuterBoundInclusive", "Whether the last number counts.", or: true)) with
        {
            Ports = Embedded("Body"),
            Outputs = [Out<object>("CurrentValue", "The number that was counted last.")],
        };

    protected override JsonElement? ValueAt(ExecutionState loop, int pass)
    {
        var (end, step) = (Integer("End") ?? 0, Integer("Step") ?? 1);
        var number = (Integer("Start") ?? 0) + (step * pass);
        var isInclusive = !loop.Inputs.TryGetValue("OuterBoundInclusive", out var bound) || bound.ValueKind is not JsonValueKind.False;
        var isPast = step >= 0 ? number > end : number < end;
        return isPast || (number == end && !isInclusive) ? null : JsonSerializer.SerializeToElement(number);

        long? Integer(string name) =>
            loop.Inputs.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetInt64() : null;
    }

    protected override Dictionary<string, JsonElement> Seen(JsonElement value, int pass) =>
        new(StringComparer.Ordinal) { [CurrentValue] = value };
}

/// <summary>Executes its body for one item after the other.</summary>
sealed class ForEach : SerialLoop
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.ForEach", "Looping", "Execute an activity for each of some values, one after the other.",
            In<JsonElement[]>("Items", "The values.", UIHints.DropDown, isRequired: true) with { TypeName = "List<Object>" }) with
        {
            DisplayName = "For Each",
            Ports = Embedded("Body"),
            Outputs = [Out<object>("CurrentValue", "The value that was taken last.")],
        };

    protected override JsonElement? ValueAt(ExecutionState loop, int pass) =>
        Items(loop) is { } items && pass < items.GetArrayLength() ? items[pass] : null;

    protected override Dictionary<string, JsonElement> Seen(JsonElement value, int pass) => SeenOf(value, pass);
}
