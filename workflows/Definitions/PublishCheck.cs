using Orchestrator.Workflows.Activities;

namespace Orchestrator.Workflows.Definitions;

/// <summary>What strict validation says of a definition that is to be published.</summary>
/// <param name="Errors">What would surely fail, or mean something else than it says: nothing is published.</param>
/// <param name="Warnings">What may fail where a run gets there, such as an unknown activity type; Elsa publishes it as well.</param>
public sealed record PublishCheck(IReadOnlyList<DefinitionProblem> Errors, IReadOnlyList<DefinitionProblem> Warnings)
{
    static readonly HashSet<string> Fatal = new(
    [
        DefinitionProblemCodes.NotJson, DefinitionProblemCodes.TooDeep, DefinitionProblemCodes.WrongShape, DefinitionProblemCodes.MissingProperty,
        DefinitionProblemCodes.DuplicateId, DefinitionProblemCodes.RetryPolicy, DefinitionProblemCodes.MergeMode, DefinitionProblemCodes.Pool,
        DefinitionProblemCodes.BadScript, DefinitionProblemCodes.StateMachine,
    ], StringComparer.Ordinal);

    /// <summary>Checks a document.</summary>
    public static PublishCheck Of(string document, ActivityRegistry registry)
    {
        var problems = DefinitionValidator.Validate(document, registry).ToLookup(problem => Fatal.Contains(problem.Code));
        return new([.. problems[true]], [.. problems[false]]);
    }
}
