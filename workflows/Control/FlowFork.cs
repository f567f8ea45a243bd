using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>Completes with several outcomes at once.</summary>
sealed class FlowFork : DecidingActivity
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.FlowFork", "Branching", "Follow several paths side by side.",
            In<string[]>("Branches", "The outcomes to follow, in this order.", UIHints.DynamicOutcomes) with
            {
                TypeName = "List<String>",
            }) with
        {
            DisplayName = "Fork (flow)",
        };

    // Branches that a script names are known only after it has run.
    public override IReadOnlyList<string>? OutcomesOf(ActivityNode node) =>
        !node.Inputs.TryGetValue("Branches", out var given) ? node.Descriptor!.Outcomes
            : given.WrittenTexts is { Length: > 0 } branches ? branches : null;

    public override RunEvent Execute(in ControlContext context) => context.Complete(context.Texts("Branches"));
}

/// <summary>Joins branches.</summary>
sealed class FlowJoin : DecidingActivity
{
    public override bool EndsOtherBranches => true;

    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.FlowJoin", "Branching", "Bring several paths together into one.",
            OneOf("Mode",
                "WaitAny goes on with the first path that arrives and cancels the others; WaitAll and WaitAllActive wait for all of them.",
                ["WaitAll", "WaitAllActive", "WaitAny"], "WaitAny") with
            { TypeName = "FlowJoinMode" }) with
        {
            DisplayName = "Join",
        };

    // WaitAllActive waits for all as well: tokens do not show which branches are active.
    public override MergeMode? ReadMergeMode(JsonCursor cursor)
    {
        var given = cursor.Any("mode");
        var mode = given is { ValueKind: JsonValueKind.Object } wrapped && wrapped.TryGetProperty("expression", out var expression)
            && expression.ValueKind is JsonValueKind.Object && expression.TryGetProperty("value", out var value) ? value : given;
        return mode is { ValueKind: JsonValueKind.String } text && text.GetString() is "WaitAll" or "WaitAllActive"
            ? MergeMode.Merge : MergeMode.Race;
    }
}
