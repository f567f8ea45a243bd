using System.Text.Json;

namespace Orchestrator.Workflows.Activities;

// What executes an inner activity again and again.
public static partial class ControlActivities
{
    /// <summary>Counts from one number to another.</summary>
    public const string For = "Elsa.For";

    /// <summary>Takes items one after the other.</summary>
    public const string ForEach = "Elsa.ForEach";

    /// <summary>Takes all items side by side.</summary>
    public const string ParallelForEach = "Elsa.ParallelForEach";

    /// <summary>Goes on as long as a condition is true.</summary>
    public const string While = "Elsa.While";

    /// <summary>Ends the innermost loop.</summary>
    public const string Break = "Elsa.Break";

    static IReadOnlyList<ActivityDescriptor> Looping =>
    [
        Describe(For, "Looping", "Count from a start to an end.",
            In<int>("Start", "The first number."), In<int>("End", "The last number."), In<int>("Step", "What is added each time; a negative number counts down."),
            In<bool>("OuterBoundInclusive", "Whether the last number counts.", or: true)) with
        {
            Ports = Embedded("Body"), Outputs = [Out<object>("CurrentValue", "The number that was counted last.")],
        },
        Describe(ForEach, "Looping", "Execute an activity for each of some values, one after the other.",
            In<JsonElement[]>("Items", "The values.", UIHints.DropDown, isRequired: true) with { TypeName = "List<Object>" }) with
        {
            DisplayName = "For Each", Ports = Embedded("Body"), Outputs = [Out<object>("CurrentValue", "The value that was taken last.")],
        },
        Describe(ParallelForEach, "Looping", "Execute an activity for each of some values, side by side.",
            In<JsonElement[]>("Items", "The values.", isRequired: true) with { TypeName = "Object" }) with
        {
            DisplayName = "Parallel for Each", Ports = Embedded("Body"),
        },
        Describe(While, "Looping", "Execute an activity as long as a condition is true.", OnDemand("Condition")) with { Ports = Embedded("Body") },
        Describe(Break, "Looping", "Break out of a loop.") with { IsTerminal = true },
    ];

    static InputDescriptor OnDemand(string condition) =>
        new(condition, typeof(bool), new() { Description = "Evaluated before each pass.", UIHint = UIHints.SingleLine, IsRequired = true, AutoEvaluate = false });
}
