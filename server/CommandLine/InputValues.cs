using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Server.CommandLine;

/// <summary>Reads <c>--input name=value</c> as the workflow declares its inputs.</summary>
public static class InputValues
{
    /// <summary>Reads the values that a run starts with: those given, and the defaults of the others.</summary>
    /// <param name="given">Each <c>name=value</c>, or <c>name=@file</c> for the content of a file.</param>
    /// <exception cref="UsageException">All problems of the values, one line each.</exception>
    public static IReadOnlyDictionary<string, JsonElement> Read(WorkflowDefinition workflow, IReadOnlyList<string> given)
    {
        var problems = new List<string>();
        var values = ReadGiven(workflow, given, problems);
        if (problems.Count > 0) throw new UsageException(string.Join(Environment.NewLine, problems));
        try
        {
            return workflow.CompleteInputs(values);
        }
        catch (InvalidInputsException invalid)
        {
            throw new UsageException(string.Join(Environment.NewLine, invalid.Problems.Select(problem =>
                problem.IsMissing ? $"{problem.Message} Give it with --input {problem.Input}=…." : problem.Message)));
        }
    }

    /// <summary>Reads the given values only.</summary>
    /// <inheritdoc cref="Read"/>
    public static IReadOnlyDictionary<string, JsonElement> ReadGiven(WorkflowDefinition workflow, IReadOnlyList<string> given)
    {
        var problems = new List<string>();
        var values = ReadGiven(workflow, given, problems);
        return problems.Count == 0 ? values : throw new UsageException(string.Join(Environment.NewLine, problems));
    }

    static Dictionary<string, JsonElement> ReadGiven(WorkflowDefinition workflow, IReadOnlyList<string> given, List<string> problems)
    {
        var values = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var text in given)
        {
            var separator = text.IndexOf('=', StringComparison.Ordinal);
            if (separator <= 0)
            {
                problems.Add($"'{text}' is not an input. Write it as name=value, such as --input rows=20000.");
                continue;
            }
            var name = text[..separator];
            if (workflow.FindInput(name) is not { } declared) problems.Add(workflow.UnknownInput(name));
            else if (Convert(declared, text[(separator + 1)..], problems) is { } value && !values.TryAdd(declared.Name, value))
                problems.Add($"Input '{declared.Name}' is given twice. Give it once.");
        }
        return values;
    }

    static JsonElement? Convert(ArgumentDefinition declared, string text, List<string> problems)
    {
        if (text.StartsWith('@'))
        {
            var file = text[1..];
            if (!File.Exists(file))
            {
                problems.Add($"The file '{file}' of input '{declared.Name}' does not exist. Give the path of a file after the @.");
                return null;
            }
            text = File.ReadAllText(file);
        }
        return InputTexts.ValueOf(declared, text, problems);
    }
}
