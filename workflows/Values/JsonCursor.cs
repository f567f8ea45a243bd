using System.Text.Json;

namespace Orchestrator.Workflows.Values;

/// <summary>
/// An object in the document and its path. Reads properties and notes those without the expected shape; null counts as absent.
/// </summary>
readonly record struct JsonCursor(JsonElement Json, JsonPath Path, ProblemList Problems)
{
    public JsonPath PathOf(string property) => Path.Property(Json, property);

    public string? Text(string property) => Find(property, JsonValueKind.String, "a text") is { } value ? value.GetString() : null;

    public string RequiredText(string property, string meaning)
    {
        var text = Text(property);
        if (string.IsNullOrWhiteSpace(text) && (text is not null || !IsGiven(property)))
            Problems.Add(PathOf(property), DefinitionProblemCodes.MissingProperty, $"'{property}' is missing. Give {meaning}.");
        return text ?? "";
    }

    public int? Integer(string property)
    {
        if (Find(property, JsonValueKind.Number, "a whole number") is not { } value) return null;
        if (value.TryGetInt32(out var number)) return number;
        Problems.Add(PathOf(property), DefinitionProblemCodes.WrongShape, $"'{property}' is {Shorten(value.GetRawText())}, but must be a whole number up to {int.MaxValue}.");
        return null;
    }

    public bool Flag(string property)
    {
        if (!IsGiven(property, out var value) || value.ValueKind is JsonValueKind.False) return false;
        if (value.ValueKind is not JsonValueKind.True) NoteShape(property, value, "true or false");
        return value.ValueKind is JsonValueKind.True;
    }

    public JsonElement? Any(string property) => IsGiven(property, out var value) ? value : null;

    public JsonCursor? Object(string property) =>
        Find(property, JsonValueKind.Object, "an object") is { } value ? new(value, PathOf(property), Problems) : null;

    public IReadOnlyList<JsonCursor> Objects(string property)
    {
        if (Find(property, JsonValueKind.Array, "an array") is not { } array) return [];
        var (path, index, objects) = (PathOf(property), 0, new List<JsonCursor>(array.GetArrayLength()));
        foreach (var element in array.EnumerateArray())
        {
            var item = path.Item(index++);
            if (element.ValueKind is JsonValueKind.Object) objects.Add(new(element, item, Problems));
            else Problems.Add(item, DefinitionProblemCodes.WrongShape, $"This is {Describe(element)}, but must be an object.");
        }
        return objects;
    }

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        JsonValueKind.Undefined or _ => "nothing",
    };

    /// <summary>Shortens a text to 40 characters: a message shows the value, not a whole file.</summary>
    public static string Shorten(string text) => text.Length <= 40 ? text : $"{text.AsSpan(0, char.IsHighSurrogate(text[38]) ? 38 : 39)}…";

    bool IsGiven(string property) => IsGiven(property, out _);

    bool IsGiven(string property, out JsonElement value) => Json.TryGetProperty(property, out value) && value.ValueKind is not JsonValueKind.Null;

    JsonElement? Find(string property, JsonValueKind kind, string expected)
    {
        if (!IsGiven(property, out var value)) return null;
        if (value.ValueKind == kind) return value;
        NoteShape(property, value, expected);
        return null;
    }

    void NoteShape(string property, JsonElement value, string expected) =>
        Problems.Add(PathOf(property), DefinitionProblemCodes.WrongShape, $"'{property}' is {Describe(value)}, but must be {expected}.");
}

/// <summary>Collects problems in any order and returns them in document order.</summary>
sealed class ProblemList
{
    /// <summary>More than a person would read; it also limits the memory and time that a hostile document can take.</summary>
    public const int Maximum = 1_000;

    readonly List<(JsonPath Path, string Code, string Message)> problems = [];

    public bool IsEmpty => problems.Count == 0;

    public bool IsFull => problems.Count >= Maximum;

    public void Add(JsonPath path, string code, string message)
    {
        if (!IsFull) problems.Add((path, code, message));
    }

    public IReadOnlyList<DefinitionProblem> InDocumentOrder()
    {
        var ordered = problems.OrderBy(problem => problem.Path, JsonPath.DocumentOrder).Select(problem => new DefinitionProblem(problem.Path.ToString(), problem.Code, problem.Message)).ToList();
        if (IsFull) ordered.Add(new("$", DefinitionProblemCodes.TooMany, $"Only {Maximum} problems are listed, there may be more. Correct these first."));
        return ordered;
    }
}
