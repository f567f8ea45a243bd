using System.Globalization;
using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Control;

/// <summary>One execution of a control activity, with the state that its rules may read and the decisions that they can make.</summary>
readonly struct ControlContext(WorkflowDefinition definition, ActivityNode node, ExecutionState execution, RunState state)
{
    public WorkflowDefinition Definition => definition;

    public ActivityNode Node => node;

    public ExecutionState Execution => execution;

    public RunState State => state;

    public int Number => execution.Number;

    /// <summary>The trigger that started the run, if this execution waited for it; <see langword="null"/> otherwise.</summary>
    public Trigger? Trigger =>
        state.Created?.Trigger is { } trigger && trigger.ActivityId == node.Id && execution.Ordinal == 1 ? trigger : null;

    public bool IsTrue(string input) => execution.Inputs.TryGetValue(input, out var value) && value.ValueKind is JsonValueKind.True;

    /// <summary>Returns an input as text; <see langword="null"/> if it is none.</summary>
    public string? Text(string input) => TextOf(execution, input);

    /// <summary>Returns an input that is a list of texts, or JSON text of one, or one text; <see langword="null"/> for none.</summary>
    public string[]? Texts(string input)
    {
        if (!execution.Inputs.TryGetValue(input, out var value) || value.ValueKind is JsonValueKind.Null) return null;
        var texts = ValueConversion.TryConvert(value, typeof(string[]), out var list) && list is string[] many ? many
            : [Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""];
        return texts.Length == 0 ? null : texts;
    }

    public static string? TextOf(ExecutionState execution, string input) =>
        execution.Inputs.TryGetValue(input, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    public ActivityCompleted Complete(IReadOnlyList<string>? outcomes = null, RunValues? ofRun = null, bool endsRun = false) =>
        new(execution.Number, outcomes, EndsRun: endsRun, OfRun: ofRun);

    /// <summary>Completes with outputs, and writes the variables that take them; fails if one does not fit its variable.</summary>
    public RunEvent CompleteWith(IReadOnlyList<string>? outcomes, IReadOnlyDictionary<string, JsonElement>? outputs)
    {
        try
        {
            return new ActivityCompleted(execution.Number, outcomes, outputs, VariablesInScope.Written(definition, node, outputs));
        }
        catch (ActivityFailedException error)
        {
            return Fail(error.Code, error.Message);
        }
    }

    public ActivityFaulted Fail(string code, string message) => new(execution.Number, new(code, message, node.Id));

    /// <summary>Starts an activity of the container, or completes the container if there is none.</summary>
    /// <param name="child">The execution that ended; <see langword="null"/> when the container opens.</param>
    public ContainerAdvanced Start(ActivityNode? next, int? child) => next is null
        ? new(execution.Number, child, Completes: ControlActivity.Done)
        : new(execution.Number, child, [new(state.Executions.Count + 1, next.Id)]);

    /// <summary>Opens the container with several activities, or completes it if there are none.</summary>
    public ContainerAdvanced StartAll(IEnumerable<ActivityNode?> activities)
    {
        var first = state.Executions.Count + 1;
        var scheduled = activities.OfType<ActivityNode>().Select((activity, i) => new ScheduledChild(first + i, activity.Id)).ToList();
        return scheduled.Count == 0 ? Start(next: null, child: null) : new(execution.Number, Child: null, scheduled);
    }
}
