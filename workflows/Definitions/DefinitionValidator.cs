using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Secrets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>
/// Strict validation: finds everything in a definition that would fail when it executes, as far as that is known before a run. Accepts any
/// text, never throws, and needs time in proportion to the text.
/// </summary>
public static class DefinitionValidator
{
    /// <summary>Validates a document.</summary>
    /// <returns>All problems in document order, the first 1,000 of them; empty for a valid definition.</returns>
    public static IReadOnlyList<DefinitionProblem> Validate(string json, ActivityRegistry registry) => Check(json, registry).Problems;

    /// <summary>Reads a definition that must be valid, such as a shipped one.</summary>
    /// <exception cref="InvalidDefinitionException">It is not valid; the exception has all problems.</exception>
    public static WorkflowDefinition Load(string json, ActivityRegistry registry)
    {
        var (definition, problems) = Check(json, registry);
        return definition is not null && problems.Count == 0 ? definition : throw new InvalidDefinitionException(problems);
    }

    static (WorkflowDefinition? Definition, IReadOnlyList<DefinitionProblem> Problems) Check(string json, ActivityRegistry registry)
    {
        var reader = new DefinitionReader(registry);
        var definition = reader.ReadOrNote(json);
        if (definition is not null)
        {
            var cursor = new JsonCursor(definition.Document, JsonPath.Root, reader.Problems);
            CheckKept(definition.Document, definition.DefinitionId, (property, code, message) => reader.Problems.Add(cursor.PathOf(property), code, message));
            var types = new HashSet<string>(TypeNames.All.Concat(registry.All.SelectMany(RecordTypes)), StringComparer.Ordinal);
            CheckVariables(cursor, definition.Variables, types);
            CheckArguments(cursor, "inputs", definition.Inputs, types);
            CheckArguments(cursor, "outputs", definition.Outputs, types);
            CheckActivities(definition, registry, reader.Problems, types);
        }
        return (definition, reader.Problems.InDocumentOrder());
    }

    /// <summary>Notes the parts of a document that the store cannot keep.</summary>
    /// <param name="note">Receives property, code and message of each problem.</param>
    internal static void CheckKept(JsonElement document, string definitionId, Action<string, string, string> note)
    {
        if (Identifiers.ProblemOfWorkflow(definitionId) is { } problem) note("definitionId", DefinitionProblemCodes.BadId, problem);
        foreach (var name in (string[])["name", "description", "toolVersion"])
            if (DefinitionDocument.TextOf(document, name) is { } text && text.Contains('\0', StringComparison.Ordinal))
                note(name, DefinitionProblemCodes.WrongShape, $"'{name}' has the character U+0000, which cannot be kept. Leave it out.");
    }

    static void CheckActivities(WorkflowDefinition definition, ActivityRegistry registry, ProblemList problems, HashSet<string> types)
    {
        var values = new ValueChecks(definition, problems);
        var activities = new ActivityChecks(registry, values, problems);
        var ids = new Dictionary<string, ActivityNode>(StringComparer.Ordinal);
        var open = new Stack<ActivityNode>([definition.Root]);
        while (open.TryPop(out var node) && !problems.IsFull)
        {
            if (node.Id.Length > 0 && !ids.TryAdd(node.Id, node))
                problems.Add(node.Path.Property(node.Json, "id"), DefinitionProblemCodes.DuplicateId, $"Id '{JsonCursor.Shorten(node.Id)}' is used by two activities. Give each its own.");
            if (Identifiers.ProblemOfActivity(node.Id) is { } problem)
                problems.Add(node.Path.Property(node.Json, "id"), DefinitionProblemCodes.BadId, problem);
            activities.Check(node);
            if (node.Variables.Count > 0) CheckVariables(new(node.Json, node.Path, problems), node.Variables, types);
            node.Control?.Check(node, problems);
            // Reversed, so that of two equal ids the first in the document counts as the owner.
            for (var i = node.Children.Count - 1; i >= 0; i--) open.Push(node.Children[i]);
        }
    }

    static void CheckVariables(JsonCursor owner, IReadOnlyList<VariableDefinition> variables, HashSet<string> types)
    {
        var (names, ids) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var (cursor, variable) in Quiet(owner).Objects("variables").Zip(variables))
        {
            void Note(string property, string code, string message) => owner.Problems.Add(cursor.PathOf(property), code, message);
            if (variable.Name.Length > 0 && !names.Add(variable.Name)) Note("name", DefinitionProblemCodes.DuplicateVariable, $"There are two variables '{variable.Name}'. Rename one.");
            else if (variable.Id.Length > 0 && !ids.Add(variable.Id)) Note("id", DefinitionProblemCodes.DuplicateVariable, $"Two variables have the id '{variable.Id}'. Give each its own.");
            if (!types.Contains(variable.TypeName)) Note("typeName", DefinitionProblemCodes.UnknownType, UnknownType(variable.TypeName));
            else if (!Fits(variable.Default, variable.TypeName, variable.IsArray, out var why)) Note("value", DefinitionProblemCodes.WrongType, $"Default of variable '{variable.Name}': {why}");
            else if (SecretsIn(variable.Default, $"Variable '{JsonCursor.Shorten(variable.Name)}'") is { } problem) Note("value", DefinitionProblemCodes.SecretNotAllowed, problem);
        }
    }

    static void CheckArguments(JsonCursor owner, string property, IReadOnlyList<ArgumentDefinition> arguments, HashSet<string> types)
    {
        // Elsa matches the names of inputs without case.
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (cursor, argument) in Quiet(owner).Objects(property).Zip(arguments))
        {
            void Note(string name, string code, string message) => owner.Problems.Add(cursor.PathOf(name), code, message);
            if (argument.Name.Length > 0 && !names.Add(argument.Name)) Note("name", DefinitionProblemCodes.DuplicateArgument, $"'{argument.Name}' is there twice in {property}. Rename one.");
            if (!types.Contains(argument.TypeName)) Note("type", DefinitionProblemCodes.UnknownType, UnknownType(argument.TypeName));
            else if (!Fits(argument.Default, argument.TypeName, argument.IsArray, out var why)) Note("defaultValue", DefinitionProblemCodes.WrongType, $"Default of '{argument.Name}': {why}");
            else if (SecretsIn(argument.Default, $"'{JsonCursor.Shorten(argument.Name)}' in {property}") is { } problem) Note("defaultValue", DefinitionProblemCodes.SecretNotAllowed, problem);
        }
    }

    static string? SecretsIn(JsonElement? value, string place)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        if (value is { } given) SecretReferences.FindInData(given, names);
        return names.Count == 0 ? null : SecretReferences.WhyNot(names, place);
    }

    static bool Fits(JsonElement? value, string typeName, bool isArray, out string why)
    {
        why = "";
        var type = TypeNames.TypeOf(typeName, isArray);
        if (value is not { } given || ValueConversion.TryConvert(given, type, out _)) return true;
        why = ValueConversion.WhyNot(given, type);
        return false;
    }

    static string UnknownType(string name) => $"There is no type '{JsonCursor.Shorten(name)}'.{Suggestion.For(name, TypeNames.All)}";

    // Activities pass records to each other; a variable may name the record that it is for.
    static IEnumerable<string> RecordTypes(ActivityDescriptor descriptor) =>
        descriptor.Inputs.Select(input => input.Type.Name).Concat(descriptor.Outputs.Select(output => output.Type.Name));

    /// <summary>Returns a copy of the cursor that drops problems, for shapes whose problems were noted before.</summary>
    internal static JsonCursor Quiet(JsonCursor cursor) => cursor with { Problems = new() };
}
