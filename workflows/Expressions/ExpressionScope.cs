using System.Text.Json;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A variable and its value now.</summary>
/// <param name="Id">What activities refer to it by.</param>
/// <param name="Name">What scripts refer to it by.</param>
/// <param name="Value">Its value; null or undefined for none.</param>
public sealed record ScopeVariable(string Id, string Name, JsonElement Value) : INamedVariable;

/// <summary>
/// What the expressions of one activity can see, and what its scripts wrote. Evaluation changes nothing outside: the runtime reads
/// <see cref="Writes"/>, records it and applies it. One thread at a time.
/// </summary>
public sealed class ExpressionScope
{
    readonly Dictionary<string, JsonElement> writes = new(StringComparer.Ordinal);
    HashSet<string> secrets = new(StringComparer.Ordinal);

    /// <summary>The variables that the activity can see, those of the innermost container first: the first of a name or id counts.</summary>
    public IReadOnlyList<ScopeVariable> Variables { get; init; } = [];

    /// <summary>What the run was started with. Names are compared without case.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Finds what an activity gave back, by its id or its name and the output's name; <see langword="null"/> where there is nothing.</summary>
    public Func<string, string, JsonElement?> FindOutput { get; init; } = (_, _) => null;

    /// <summary>What the activity before gave back; <see langword="null"/> for nothing.</summary>
    public JsonElement? LastResult { get; init; }

    /// <summary>What ties the run to others; <see langword="null"/> for nothing.</summary>
    public string? CorrelationId { get => OfRun?.CorrelationId is { } written ? written.Length > 0 ? written : null : field; init; }

    /// <summary>The run that evaluates; empty for none.</summary>
    public string RunId { get; init; } = "";

    /// <summary>The definition that the run executes.</summary>
    public string DefinitionId { get; init; } = "";

    /// <summary>Version of the definition, from 1.</summary>
    public int DefinitionVersion { get; init; } = 1;

    /// <summary>Id of this version of the definition; <see langword="null"/> where it has none.</summary>
    public string? DefinitionVersionId { get; init; }

    /// <summary>Name that a person or an activity gave the run; <see langword="null"/> for none.</summary>
    public string? RunName { get => OfRun?.Name is { } written ? written.Length > 0 ? written : null : field; init; }

    /// <summary>What scripts wrote on the run itself; <see langword="null"/> for nothing. The two properties above show it at once.</summary>
    internal RunValues? OfRun { get; set; }

    /// <summary>Variables that scripts wrote, by name, with their new value as it is; a name that is no variable yet makes one, as in Elsa.</summary>
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

    /// <summary>Notes that an expression asks for a secret.</summary>
    /// <returns>What stands for the value, which no expression sees.</returns>
    /// <exception cref="ActivityFailedException"><c>secrets.bad_name</c>.</exception>
    internal string UseSecret(string name)
    {
        if (!SecretReferences.IsName(name))
            throw new ActivityFailedException("secrets.bad_name", $"'{JsonCursor.Shorten(name)}' is no name of a secret. Use up to 100 letters, digits and ._- and begin with a letter.", isRetryable: false);
        secrets.Add(name);
        return SecretReferences.Placeholder(name);
    }

    /// <summary>The secrets that were asked for since the last time.</summary>
    internal IReadOnlyCollection<string> TakeSecrets()
    {
        var taken = secrets;
        if (taken.Count > 0) secrets = new(StringComparer.Ordinal);
        return taken;
    }

    internal void Write(string name, JsonElement value) => writes[name] = value;
}
