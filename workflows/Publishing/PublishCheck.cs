using System.Text.Json;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Times;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Publishing;

/// <summary>Result of the strict validation of a definition that is to be published.</summary>
/// <param name="Errors">Problems that would surely fail, or mean something else than they appear to: nothing is published.</param>
/// <param name="Warnings">Problems that may fail when a run reaches them, such as an unknown activity type; Elsa publishes such a
/// definition as well.</param>
public sealed record PublishCheck(IReadOnlyList<DefinitionProblem> Errors, IReadOnlyList<DefinitionProblem> Warnings)
{
    static readonly HashSet<string> Fatal = new(
    [
        DefinitionProblemCodes.NotJson, DefinitionProblemCodes.TooDeep, DefinitionProblemCodes.WrongShape, DefinitionProblemCodes.MissingProperty,
        DefinitionProblemCodes.DuplicateId, DefinitionProblemCodes.RetryPolicy, DefinitionProblemCodes.MergeMode, DefinitionProblemCodes.Pool,
        DefinitionProblemCodes.BadScript, DefinitionProblemCodes.BadId, DefinitionProblemCodes.StateMachine, DefinitionProblemCodes.SecretNotAllowed,
    ], StringComparer.Ordinal);

    /// <summary>Checks a document.</summary>
    public static PublishCheck Of(string document, ActivityRegistry registry)
    {
        var problems = DefinitionValidator.Validate(document, registry).ToLookup(problem => Fatal.Contains(problem.Code));
        return new([.. problems[true]], [.. problems[false], .. problems[true].Any() ? [] : OfTriggers(WorkflowDefinition.Parse(document, registry))]);
    }

    /// <summary>Returns the warnings for a workflow that starts by itself.</summary>
    static IEnumerable<DefinitionProblem> OfTriggers(WorkflowDefinition definition)
    {
        foreach (var trigger in TimeTrigger.Of(definition))
            if (trigger.Rule is { } rule && CronFields.ExplainDays(rule) is { } days) yield return new($"{trigger.Activity.Path}", DefinitionProblemCodes.Trigger, days);
        var triggers = definition.Activities.Values.Where(node => node is { CanStartWorkflow: true, Kind: ActivityKind.Trigger });
        if (triggers.FirstOrDefault() is not { } first) yield break;
        foreach (var needed in definition.Inputs.Where(input => input.IsRequired && input.Default is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) }))
        {
            yield return new($"{first.Path}", DefinitionProblemCodes.Trigger,
                $"'{first.Id}' starts no run: the workflow needs the input '{needed.Name}', which has no default. Give it one.");
        }
    }
}
