using System.Globalization;
using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Studio;

/// <summary>What a person filled in to run a workflow, with what they see beside it.</summary>
/// <param name="Workflow">The version that is to run.</param>
/// <param name="Versions">The versions to choose from: what is published, and the newest if that is a draft.</param>
/// <param name="Month">The month; <see langword="null"/> for a workflow that works on none.</param>
/// <param name="Texts">Input name → text in its field.</param>
public sealed record RunForm(WorkflowDefinition Workflow, IReadOnlyList<RunnableVersion> Versions, Partition? Month, IReadOnlyDictionary<string, string> Texts)
{
    const string Field = "input.";

    /// <summary>Whether its runs work on a month; see <see cref="PartitionNeed"/>.</summary>
    public bool TakesMonth { get; init; }

    /// <summary>Whether the version that is to run is a draft, not what is published.</summary>
    public bool IsDraft => !Versions.Single(version => version.Version == Workflow.Version).IsPublished;

    /// <summary>What readers see of the month now.</summary>
    public IReadOnlyList<Materialization> Current { get; init; } = [];

    /// <summary>Stands for this form: sending it twice starts one run.</summary>
    public Guid Id { get; init; }

    /// <summary>What was refused; <see langword="null"/> for nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>A run that stands in the way; <see langword="null"/> for none.</summary>
    public Guid? ActiveRun { get; init; }

    /// <summary>Whether the month is another one than that whose data was shown.</summary>
    public bool AsksAgain { get; init; }

    /// <summary>Name of an input's field.</summary>
    public static string FieldOf(ArgumentDefinition input) => $"{Field}{input.Name}";

    /// <summary>The texts that fields have at first: the defaults.</summary>
    public static IReadOnlyDictionary<string, string> DefaultTexts(WorkflowDefinition workflow) => workflow.Inputs.ToDictionary(input => input.Name, input => TextOf(input.Default), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the texts of the fields that were sent.</summary>
    public static IReadOnlyDictionary<string, string> TextsOf(WorkflowDefinition workflow, IFormCollection form) =>
        workflow.Inputs.ToDictionary(input => input.Name, input => form[FieldOf(input)].ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The values that the texts say, each as its input declares it; a field that was left empty gives none.</summary>
    /// <exception cref="ApiException"><c>run.bad_input</c>, with all that is wrong.</exception>
    public IReadOnlyDictionary<string, JsonElement> Values()
    {
        var (values, problems) = (new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase), new List<string>());
        foreach (var input in Workflow.Inputs)
            if (Texts.GetValueOrDefault(input.Name) is { Length: > 0 } text && InputTexts.ValueOf(input, text, problems) is { } value) values[input.Name] = value;
        return problems.Count == 0 ? values : throw new ApiException(422, "run.bad_input", string.Join(' ', problems));
    }

    /// <summary>The kind of field that fits an input.</summary>
    public static FieldKind KindOf(ArgumentDefinition input)
    {
        var type = TypeNames.TypeOf(input.TypeName, input.IsArray);
        return type == typeof(bool) ? FieldKind.YesOrNo
            : type == typeof(byte) || type == typeof(short) || type == typeof(int) || type == typeof(long) || type == typeof(decimal) || type == typeof(double) || type == typeof(float) ? FieldKind.Number
            : type == typeof(string) || type.IsValueType || type == typeof(Uri) ? FieldKind.Line
            : FieldKind.Lines;
    }

    static string TextOf(JsonElement? value) => value is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) } given ? ""
        : given.ValueKind is JsonValueKind.String ? given.GetString()! : given.GetRawText();
}

/// <summary>The kinds of fields.</summary>
public enum FieldKind
{
    /// <summary>One line of text.</summary>
    Line = 0,

    /// <summary>Some lines, such as a document.</summary>
    Lines = 1,

    /// <summary>A number.</summary>
    Number = 2,

    /// <summary>True or false.</summary>
    YesOrNo = 3,
}

/// <summary>A version that can be run.</summary>
/// <param name="Version">Its number.</param>
/// <param name="IsPublished">Whether it is published; else it is a draft.</param>
public sealed record RunnableVersion(int Version, bool IsPublished)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Version}, {(IsPublished ? "published" : "a draft")}");
}
