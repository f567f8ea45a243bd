namespace Orchestrator.Workflows.Values;

/// <summary>A problem of a workflow definition.</summary>
/// <param name="Path">Its place, such as <c>$.root.activities[3].rows</c>.</param>
/// <param name="Code">Stable code, such as <c>activity.unknown_type</c>; see <see cref="DefinitionProblemCodes"/>.</param>
/// <param name="Message">The value found, the one expected, and what to do.</param>
public sealed record DefinitionProblem(string Path, string Code, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>A document that is no workflow definition, or not one that can execute.</summary>
/// <param name="problems">At least one, in document order.</param>
public sealed class InvalidDefinitionException(IReadOnlyList<DefinitionProblem> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    /// <summary>All problems, in document order.</summary>
    public IReadOnlyList<DefinitionProblem> Problems => problems;
}
