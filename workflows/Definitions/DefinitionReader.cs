using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Reads a document into a definition and notes every deviation from the expected shape.</summary>
sealed class DefinitionReader(ActivityRegistry registry)
{
    readonly ProblemList problems = new();

    public ProblemList Problems => problems;

    public WorkflowDefinition Read(string json) =>
        ReadOrNote(json) is { } definition && problems.IsEmpty ? definition : throw new InvalidDefinitionException(problems.InDocumentOrder());

    /// <returns>The definition as far as it can be read; null if there is no root activity.</returns>
    public WorkflowDefinition? ReadOrNote(string json)
    {
        if (ParseJson(json) is not { } document) return null;
        if (document.ValueKind is not JsonValueKind.Object)
        {
            problems.Add(JsonPath.Root, DefinitionProblemCodes.WrongShape, $"The document is {JsonCursor.Describe(document)}, but a workflow definition is an object.");
            return null;
        }
        var cursor = new JsonCursor(document, JsonPath.Root, problems);
        var id = cursor.RequiredText("definitionId", "the workflow's id, such as \"monthly-sales\"");
        var activities = new ActivityReader(registry);
        var root = cursor.Object("root") is { } found ? activities.Read(found) : null;
        if (root is null && cursor.Any("root") is null)
            problems.Add(cursor.PathOf("root"), DefinitionProblemCodes.MissingProperty, "'root' is missing. Give the activity that the workflow executes, mostly a flowchart.");
        var name = cursor.Text("name");
        var (description, version) = (cursor.Text("description"), cursor.Integer("version"));
        var (variables, inputs, outputs) = (ReadVariables(cursor), ReadArguments(cursor, "inputs"), ReadArguments(cursor, "outputs"));
        if (root is null) return null;
        var options = cursor.Object("options");
        return new(document, root, activities.ById)
        {
            DefinitionId = id, Name = string.IsNullOrWhiteSpace(name) ? id : name, Description = description, Version = version ?? 1,
            Variables = variables, Inputs = inputs, Outputs = outputs,
            // Elsa writes the assembly-qualified name of a class; only the name of the class counts here.
            ContinuesWithIncidents = options?.Text("incidentStrategyType")?.Contains("ContinueWithIncidents", StringComparison.Ordinal) is true,
            IsUsableAsActivity = options?.Flag("usableAsActivity") is true, ActivityCategory = options?.Text("activityCategory"), Outcomes = ReadTexts(cursor, "outcomes"),
        };
    }

    internal static IReadOnlyList<VariableDefinition> ReadVariables(JsonCursor owner) =>
    [
        .. owner.Objects("variables").Select(variable =>
        {
            var name = variable.RequiredText("name", "the variable's name");
            // Definitions written by hand omit the id; Elsa then finds the variable by its name.
            return new VariableDefinition(variable.Text("id") is { Length: > 0 } id ? id : name, name,
                variable.Text("typeName") is { Length: > 0 } type ? type : "Object", variable.Flag("isArray"), variable.Any("value"));
        }),
    ];

    static List<string> ReadTexts(JsonCursor owner, string property) => owner.Any(property) is { ValueKind: JsonValueKind.Array } texts
        ? [.. texts.EnumerateArray().Where(text => text.ValueKind is JsonValueKind.String).Select(text => text.GetString()!)] : [];

    static IReadOnlyList<ArgumentDefinition> ReadArguments(JsonCursor definition, string property) =>
    [
        .. definition.Objects(property).Select(argument => new ArgumentDefinition(
            argument.RequiredText("name", "its name"), argument.Text("type") is { Length: > 0 } type ? type : "Object", argument.Flag("isArray"),
            argument.Flag("isRequired"), argument.Any("defaultValue"), argument.Text("description"))),
    ];

    JsonElement? ParseJson(string json)
    {
        try
        {
            return DefinitionJson.Parse(json, DefinitionJson.Reading);
        }
        catch (EncoderFallbackException broken)
        {
            problems.Add(JsonPath.Root, DefinitionProblemCodes.NotJson, $"The text is not Unicode: there is half a character at position {broken.Index}. Save the file as UTF-8.");
        }
        catch (InvalidOperationException)
        {
            problems.Add(JsonPath.Root, DefinitionProblemCodes.NotJson, "A text in the document has half a character (an unpaired \\ud800 to \\udfff). Write the whole character.");
        }
        catch (JsonException broken) when (broken.Message.Contains("depth", StringComparison.OrdinalIgnoreCase))
        {
            problems.Add(JsonPath.Root, DefinitionProblemCodes.TooDeep,
                $"The document is nested deeper than {DefinitionJson.MaximumDepth} levels (line {broken.LineNumber + 1}). Move inner activities into a workflow of their own.");
        }
        catch (JsonException broken)
        {
            var place = broken.LineNumber is { } line ? $" at line {line + 1}, position {broken.BytePositionInLine + 1}" : "";
            problems.Add(JsonPath.Root, DefinitionProblemCodes.NotJson, $"The document is not JSON{place}: {FirstSentence(broken.Message)}");
        }
        return null;
    }

    static string FirstSentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end < 0 ? message : message[..end];
    }
}
