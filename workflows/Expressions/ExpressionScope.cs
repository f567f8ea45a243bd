using System.Text.Json;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A variable and its value now.</summary>
/// <param name="Id">Identity by which activities refer to it.</param>
/// <param name="Name">Name by which scripts refer to it.</param>
/// <param name="Value">Its value; null or undefined for none.</param>
public sealed record ScopeVariable(string Id, string Name, JsonElement Value) : INamedVariable;

/// <summary>
/// The values that the expressions of one activity can see, and those that its scripts wrote. Evaluation changes nothing outside: the
/// runtime reads <see cref="Writes"/>, records it and applies it. One thread at a time.
/// </summary>
public sealed class ExpressionScope
{
    readonly Dictionary<string, JsonElement> writes = new(StringComparer.Ordinal);
    HashSet<string> secrets = new(StringComparer.Ordinal);

    /// <summary>
    /// The variables that the activity can see, those of the innermost container first: the first one of a name or id counts.
    /// </summary>
    public IReadOnlyList<ScopeVariable> Variables { get; init; } = [];

    /// <summary>Inputs that the run was started with. Names are compared without case.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>
    /// Finds what an activity gave back, by its id or its name and the output's name; <see langword="null"/> if there is nothing.
    /// </summary>
    public Func<string, string, JsonElement?> FindOutput { get; init; } = (_, _) => null;

    /// <summary>Result of the activity before; <see langword="null"/> if there is none.</summary>
    public JsonElement? LastResult { get; init; }

    /// <summary>Correlation id of the run; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId { get => OfRun?.CorrelationId is { } written ? written.Length > 0 ? written : null : field; init; }

    /// <summary>The run that evaluates; empty for none.</summary>
    public string RunId { get; init; } = "";

    /// <summary>The definition that the run executes.</summary>
    public string DefinitionId { get; init; } = "";

    /// <summary>Version of the definition, from 1.</summary>
    public int DefinitionVersion { get; init; } = 1;

    /// <summary>Id of this version of the definition; <see langword="null"/> if it has none.</summary>
    public string? DefinitionVersionId { get; init; }

    /// <summary>Name that a person or an activity gave the run; <see langword="null"/> for none.</summary>
    public string? RunName { get => OfRun?.Name is { } written ? written.Length > 0 ? written : null : field; init; }

    /// <summary>
    /// Values that scripts wrote on the run itself; <see langword="null"/> if none. The two properties above reflect them at once.
    /// </summary>
    internal RunValues? OfRun { get; set; }

    /// <summary>
    /// Variables that scripts wrote, by name, with their new value as it is; a name without a variable creates one, as in Elsa.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement> Writes => writes;

    /// <summary>Finds the value of the variable that an expression refers to.</summary>
    public bool TryFind(Reference reference, out JsonElement value)
    {
        var variable = reference.FindIn(Variables);
        value = variable is null ? default : writes.GetValueOrDefault(variable.Name, variable.Value);
        return variable is not null;
    }

    /// <summary>Finds a variable's value by its name; case matters.</summary>
    public bool TryFindByName(string name, out JsonElement value)
    {
        if (writes.TryGetValue(name, out value)) return true;
        var variable = Variables.FirstOrDefault(variable => string.Equals(variable.Name, name, StringComparison.Ordinal));
        value = variable?.Value ?? default;
        return variable is not null;
    }

    /// <summary>Finds an input of the run by its name; case does not matter.</summary>
    public bool TryFindInput(string name, out JsonElement value)
    {
        if (Inputs.TryGetValue(name, out value)) return true;
        foreach (var (candidate, given) in Inputs)
        {
            if (!string.Equals(candidate, name, StringComparison.OrdinalIgnoreCase)) continue;
            value = given;
            return true;
        }
        return false;
    }

    /// <summary>Records that an expression requests a secret.</summary>
    /// <returns>Placeholder for the value, which no expression sees.</returns>
    /// <exception cref="ActivityFailedException"><c>secrets.bad_name</c>.</exception>
    internal string UseSecret(string name)
    {
        if (!SecretReferences.IsName(name))
            throw new ActivityFailedException("secrets.bad_name", $"'{JsonCursor.Shorten(name)}' is no name of a secret. Use up to 100 letters, digits and ._- and begin with a letter.", isRetryable: false);
        secrets.Add(name);
        return SecretReferences.Placeholder(name);
    }

    /// <summary>Returns the secrets that were requested since the last call.</summary>
    internal IReadOnlyCollection<string> TakeSecrets()
    {
        var taken = secrets;
        if (taken.Count > 0) secrets = new(StringComparer.Ordinal);
        return taken;
    }

    internal void Write(string name, JsonElement value) => writes[name] = value;
}
