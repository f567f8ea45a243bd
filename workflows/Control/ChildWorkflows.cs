using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Control;

/// <summary>A control activity that starts a run of another workflow.</summary>
abstract class ChildWorkflowActivity : WaitingActivity
{
    /// <summary>Returns the end of the activity once the run that it waited for has ended.</summary>
    /// <param name="id">Id of that run.</param>
    /// <param name="ended">That run.</param>
    public abstract ActivityResumed ResultOf(Guid id, RunState ended, ActivityNode node, ExecutionState execution);
}

/// <summary>A child workflow that the inputs of the activity name.</summary>
abstract class ChosenWorkflow : ChildWorkflowActivity
{
    protected static IReadOnlyList<InputDescriptor> Inputs =>
    [
        In<string>("WorkflowDefinitionId", "The workflow to run.", UIHints.WorkflowDefinitionPicker, isRequired: true,
            displayName: "Workflow Definition"),
        In<string>("CorrelationId", "The correlation id of the run.", displayName: "Correlation ID"),
        In<Dictionary<string, object>>("Input", "The inputs of the run.", UIHints.DropDown),
        In<bool>("WaitForCompletion", "Whether to wait until the run has ended.", displayName: "Wait for Completion"),
    ];

    public sealed override string? WorkflowOf(ActivityNode node)
    {
        if (!node.Inputs.TryGetValue("WorkflowDefinitionId", out var given)) return null;
        var value = given.Expression is not { } expression ? given.Bare
            : expression.Type is ExpressionTypes.Literal ? expression.Value : default;
        return value.ValueKind is JsonValueKind.String ? value.GetString() : null;
    }

    public sealed override ActivityResumed ResultOf(Guid id, RunState ended, ActivityNode node, ExecutionState execution) =>
        new(execution.Number, Outputs: new Dictionary<string, JsonElement> { ["Result"] = ResultOf(id, ended) });

    protected abstract JsonElement ResultOf(Guid id, RunState ended);

    protected abstract bool IsAwaited(in ControlContext context);

    protected sealed override RunEvent Wait(in ControlContext context)
    {
        if (context.Text("WorkflowDefinitionId") is not { Length: > 0 } workflow)
            return context.Fail("activity.no_workflow", $"'{context.Node.Id}' has no workflow to start. Choose one.");
        var inputs = context.Execution.Inputs.TryGetValue("Input", out var given) && given.ValueKind is JsonValueKind.Object
            ? given.EnumerateObject().ToDictionary(property => property.Name, property => property.Value, StringComparer.Ordinal) : null;
        return new ActivitySuspended(context.Number, Child: new(workflow, inputs, context.Text("CorrelationId"), IsAwaited(context)));
    }
}

/// <summary>Starts a run of another workflow and waits for it.</summary>
sealed class ExecuteWorkflow : ChosenWorkflow
{
    // As Elsa numbers them: WorkflowStatus.Running and Finished; WorkflowSubStatus.Finished, Cancelled and Faulted.
    const int Running = 0, Finished = 1, SubFinished = 3, SubCancelled = 4, SubFaulted = 5;

    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.ExecuteWorkflow", "Composition", "Start a run of another workflow and wait for its end.", [.. Inputs]) with
        {
            Kind = ActivityKind.Task,
            Outputs =
            [
                Out<JsonElement>("Result", "The run that was started: its id, status and output.") with
                {
                    TypeName = "ExecuteWorkflowResult",
                },
            ],
        };

    protected override bool IsAwaited(in ControlContext context) => true;

    protected override JsonElement ResultOf(Guid id, RunState ended) => JsonSerializer.SerializeToElement(new
    {
        WorkflowInstanceId = id,
        Status = ended.Status.IsFinal ? Finished : Running,
        SubStatus = ended.Status is RunStatus.Failed ? SubFaulted : ended.Status is RunStatus.Cancelled ? SubCancelled : SubFinished,
        Output = ended.Outputs,
    });
}

/// <summary>Starts a run of another workflow, and waits for it if the definition asks for that.</summary>
sealed class DispatchWorkflow : ChosenWorkflow
{
    protected override ActivityDescriptor Describe() =>
        Describe("Elsa.DispatchWorkflow", "Composition", "Start a run of another workflow.",
            [.. Inputs,
                new("StartNewTrace", typeof(bool), new()
                {
                    Description = "Whether the run gets a trace of its own.", Category = "Open Telemetry",
                }),
                In<string>("ChannelName", "Where the run waits for a worker.", UIHints.DropDown, displayName: "Channel") with
                {
                    Options = [new("Default", "")],
                },
            ]) with
        {
            Outputs = [Out<object>("Result", "The output of the run, where its end is waited for.")],
        };

    protected override bool IsAwaited(in ControlContext context) => context.IsTrue("WaitForCompletion");

    protected override JsonElement ResultOf(Guid id, RunState ended) =>
        JsonSerializer.SerializeToElement(ended.Status is RunStatus.Succeeded ? ended.Outputs : new Dictionary<string, JsonElement>());
}

/// <summary>A workflow that is used as an activity; see <see cref="WorkflowActivity"/>.</summary>
sealed class UsedWorkflow(ActivityDescriptor descriptor) : ChildWorkflowActivity
{
    protected override ActivityDescriptor Describe() => descriptor;

    // The workflow chooses its outcomes when it executes.
    public override IReadOnlyList<string>? OutcomesOf(ActivityNode node) => null;

    public override string? WorkflowOf(ActivityNode node) => descriptor.WorkflowDefinitionId;

    public override ActivityResumed ResultOf(Guid id, RunState ended, ActivityNode node, ExecutionState execution) =>
        ended.Status is RunStatus.Succeeded
            ? new(execution.Number, ended.Outcomes is ["Done"] ? null : ended.Outcomes, ended.Outputs.Count == 0 ? null : ended.Outputs)
            : new(execution.Number, Error: new(ended.Error?.Code ?? "run.cancelled",
                $"Run {id} of '{execution.Suspension!.Child!.DefinitionId}' did not succeed: {ended.Error?.Message}", node.Id));

    protected override RunEvent Wait(in ControlContext context)
    {
        var inputs = context.Execution.Inputs.Count == 0 ? null : context.Execution.Inputs;
        var child = new ChildRun(descriptor.WorkflowDefinitionId!, inputs, context.State.CorrelationId, IsAwaited: true);
        return new ActivitySuspended(context.Number, Child: child);
    }
}
