using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>An object that a reference can mean by its id or its name.</summary>
public interface INamedVariable
{
    /// <summary>Identity by which activities refer to the variable or input.</summary>
    string Id { get; }

    /// <summary>Name by which scripts and people refer to the variable or input.</summary>
    string Name { get; }
}

/// <summary>
/// The target of an expression of the type <c>Input</c> or <c>Variable</c>. The designer writes the whole input or variable, as JSON or as
/// the text of JSON; by hand a name or an id is enough. All code that reads such an expression reads it here.
/// </summary>
/// <param name="Id">Id of a variable; <see langword="null"/> if only a name is given.</param>
/// <param name="Name">Name of an input or a variable; <see langword="null"/> if only an id is given.</param>
public readonly record struct Reference(string? Id, string? Name)
{
    /// <summary>Reads the value of an expression.</summary>
    /// <returns><see langword="null"/> if it refers to nothing.</returns>
    public static Reference? Read(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object) return OfObject(value);
        if (TextOf(value) is not { } text) return null;
        return ObjectIn(text) is { } written ? OfObject(written) : new(text, text);
    }

    /// <summary>Finds the object that a text holds.</summary>
    /// <returns><see langword="null"/> if the text is a bare name or id.</returns>
    public static JsonElement? ObjectIn(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith('{')) return null;
        try
        {
            return JsonElement.Parse(text, DefinitionJson.Lenient) is { ValueKind: JsonValueKind.Object } written ? written : null;
        }
        catch (JsonException)
        {
            // A name may begin with a brace.
            return null;
        }
    }

    /// <summary>Whether a variable may be meant by its name.</summary>
    public bool GoesByName => Id is null || Id == Name;

    /// <summary>Whether it may mean a variable, even if another one hides that.</summary>
    public bool MayMean(INamedVariable variable) => Id == variable.Id || (GoesByName && Name == variable.Name);

    /// <summary>
    /// Finds the variable that it means. An id counts before a name, and an object with an id means that one or none, as in Elsa.
    /// </summary>
    /// <param name="visible">The visible variables, innermost first.</param>
    public T? FindIn<T>(IReadOnlyCollection<T> visible) where T : class, INamedVariable
    {
        foreach (var variable in visible)
            if (variable.Id == Id) return variable;
        if (!GoesByName) return null;
        foreach (var variable in visible)
            if (variable.Name == Name) return variable;
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => Id ?? Name ?? "";

    static string? TextOf(JsonElement value) =>
        value.ValueKind is JsonValueKind.String && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) ? text : null;

    static Reference? OfObject(JsonElement value)
    {
        string? id = null, name = null;
        foreach (var property in value.EnumerateObject())
        {
            if (TextOf(property.Value) is not { } text) continue;
            if (property.Name.Equals("id", StringComparison.OrdinalIgnoreCase)) id = text;
            else if (property.Name.Equals("name", StringComparison.OrdinalIgnoreCase)) name = text;
        }
        return id is null && name is null ? null : new(id, name);
    }
}
