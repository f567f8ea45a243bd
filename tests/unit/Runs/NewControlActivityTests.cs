using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Runs;

/// <summary>What it takes to add a control activity: a class and its registration, here in the assembly of the tests.</summary>
public sealed class NewControlActivityTests
{
    static readonly ActivityRegistry Registry = ControlActivities.NewRegistry().Add(new Repeat()).Add(new Sign());

    static string Workflow(string times) => Chart.Workflow(new()
    {
        ["id"] = "Repeat1", ["type"] = "Test.Repeat", ["times"] = times,
        ["body"] = Chart.Sequence("Steps", Chart.Activity("Line1"), new JsonObject { ["id"] = "Sign1", ["type"] = "Test.Sign" }),
    });

    [Fact]
    public void Both_are_known_and_in_order() => Assert.Empty(DefinitionValidator.Validate(Workflow("3"), Registry));

    [Fact]
    public void The_engine_carries_them_out()
    {
        var run = new SimulatedRun(Workflow("3"), registry: Registry).Advance();

        Assert.Equal(RunStatus.Succeeded, run.State.Status);
        Assert.Equal(["Line1", "Sign1", "Line1", "Sign1", "Line1", "Sign1"], run.Started);
        Assert.Equal("Passed by Sign1", run.State.Name);
    }

    [Fact]
    public void What_it_refuses_fails_the_run()
    {
        var run = new SimulatedRun(Workflow("0"), registry: Registry).Advance();

        Assert.Equal((RunStatus.Failed, "activity.undecidable"), (run.State.Status, run.State.Error?.Code));
        Assert.Contains("It never repeats.", run.State.Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Its_checks_are_made() => Assert.Contains("at most 9",
        Assert.Single(DefinitionValidator.Validate(Workflow("12"), Registry)).Message, StringComparison.Ordinal);

    /// <summary>Executes its body some times.</summary>
    sealed class Repeat : ContainerActivity
    {
        protected override ActivityDescriptor Describe() =>
            Describe("Test.Repeat", "Test", "Execute an activity some times.", In<int>("Times", "How often.")) with
            {
                Ports = Embedded("Body"),
            };

        public override void Check(ActivityNode node, ProblemList problems)
        {
            if (node.Inputs["Times"].Expression is { Value: var times } && int.Parse($"{times}", CultureInfo.InvariantCulture) > 9)
                problems.Add(node.Path.Property(node.Json, "times"), "test.too_often", "It repeats at most 9 times.");
        }

        public override IEnumerable<ActivityNode> After(ActivityNode node, ActivityNode child) => node.Children;

        protected override ContainerAdvanced OnOpen(in ControlContext context) => Times(context) > 0
            ? context.Start(context.Node.Ports["Body"], child: null)
            : throw new InvalidOperationException("It never repeats.");

        protected override ContainerAdvanced OnSettle(in ControlContext context, ExecutionState child, ActivityNode childNode) =>
            context.Start(context.Execution.Children < Times(context) ? context.Node.Ports["Body"] : null, child.Number);

        static int Times(in ControlContext context) => context.Execution.Inputs["Times"].GetInt32();
    }

    /// <summary>Names the run after itself.</summary>
    sealed class Sign : DecidingActivity
    {
        protected override ActivityDescriptor Describe() => Describe("Test.Sign", "Test", "Name the run after itself.");

        public override RunEvent Execute(in ControlContext context) => context.Complete(ofRun: new(Name: $"Passed by {context.Node.Id}"));
    }
}
