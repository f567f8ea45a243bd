using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <content>Inputs of a run, however it is started.</content>
public sealed partial class WorkflowDefinition
{
    /// <summary>
    /// Returns the values that a run starts with: those given, checked against the declared inputs, and the defaults of the others.
    /// </summary>
    /// <param name="given">Input name → value; case does not matter.</param>
    /// <param name="inherited">Values of the run that is repeated: they are used as they are, unless another one is given.</param>
    /// <param name="keepsOthers">Whether values that the workflow does not declare are passed on, such as those that a parent gives to its
    /// child. Otherwise they are refused.</param>
    /// <exception cref="InvalidInputsException">All problems of the inputs.</exception>
    public IReadOnlyDictionary<string, JsonElement> CompleteInputs(
        IReadOnlyDictionary<string, JsonElement> given, IReadOnlyDictionary<string, JsonElement>? inherited = null, bool keepsOthers = false)
    {
        var (problems, names) = (new List<InputProblem>(), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        var values = new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in inherited ?? new Dictionary<string, JsonElement>()) values[name] = value;
        foreach (var (name, value) in given)
        {
            var declared = FindInput(name);
            if (declared is null && !keepsOthers) problems.Add(new(name, UnknownInput(name)));
            else if (declared is not null && WhyUnfit(declared, value) is { } reason) problems.Add(new(declared.Name, $"Input '{declared.Name}' ({declared.TypeName}): {reason}"));
            else if (!names.Add(name)) problems.Add(new(name, $"Input '{declared?.Name ?? name}' is given twice. Give it once."));
            else values[declared?.Name ?? name] = value;
        }
        foreach (var declared in Inputs.Where(input => IsEmpty(values.GetValueOrDefault(input.Name))))
        {
            if (!IsEmpty(declared.Default ?? default) && !values.ContainsKey(declared.Name))
            {
                values[declared.Name] = declared.Default!.Value;
                if (WhyUnfit(declared, declared.Default.Value) is { } reason)
                    problems.Add(new(declared.Name, $"The default of input '{declared.Name}' ({declared.TypeName}): {reason} Or give the input another value."));
            }
            else if (declared.IsRequired && !problems.Exists(problem => !problem.IsMissing))
            {
                problems.Add(new(declared.Name, $"Workflow '{DefinitionId}' needs the input '{declared.Name}'. {declared.Description}".TrimEnd(), IsMissing: true));
            }
        }
        return problems.Count == 0 ? values : throw new InvalidInputsException(problems);
    }

    /// <summary>An input that the workflow declares; <see langword="null"/> if there is none of this name.</summary>
    public ArgumentDefinition? FindInput(string name) => Inputs.FirstOrDefault(input => input.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns the message for an unknown input, which lists the inputs that the workflow has.</summary>
    public string UnknownInput(string name) => Inputs.Count == 0
        ? $"Workflow '{DefinitionId}' has no input '{name}'. It takes none."
        : $"Workflow '{DefinitionId}' has no input '{name}'. It takes {string.Join(", ", Inputs.Select(input => $"{input.Name} ({input.TypeName})"))}.";

    static string? WhyUnfit(ArgumentDefinition declared, JsonElement value)
    {
        var type = TypeNames.TypeOf(declared.TypeName, declared.IsArray);
        return ValueConversion.TryConvert(value, type, out _) ? null : ValueConversion.WhyNot(value, type);
    }

    static bool IsEmpty(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;
}

/// <summary>A problem with the value of an input.</summary>
/// <param name="Input">The input.</param>
/// <param name="Message">The value and what was expected.</param>
/// <param name="IsMissing">Whether the workflow needs a value and none was given.</param>
public sealed record InputProblem(string Input, string Message, bool IsMissing = false);

/// <summary>A start that was refused because of its inputs.</summary>
/// <param name="problems">All problems of the inputs.</param>
public sealed class InvalidInputsException(IReadOnlyList<InputProblem> problems) : Exception(string.Join(' ', problems.Select(problem => problem.Message)))
{
    /// <summary>Stable code of the error.</summary>
    public const string Code = "run.bad_input";

    /// <summary>All problems of the inputs.</summary>
    public IReadOnlyList<InputProblem> Problems => problems;
}
