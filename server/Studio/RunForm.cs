using System.Globalization;
using System.Text.Json;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Studio;

/// <summary>Model of the form that runs a workflow, with the data shown beside it.</summary>
/// <param name="Workflow">The version to run.</param>
/// <param name="Versions">Versions to choose from: the published one, and the newest if it is a draft.</param>
/// <param name="Month">The month; <see langword="null"/> if the workflow works on none.</param>
/// <param name="Texts">Input name → text in its field.</param>
public sealed record RunForm(WorkflowDefinition Workflow, IReadOnlyList<RunnableVersion> Versions, Partition? Month, IReadOnlyDictionary<string, string> Texts)
{
    const string Field = "input.";

    /// <summary>Whether runs of the workflow work on a month; see <see cref="PartitionNeed"/>.</summary>
    public bool TakesMonth { get; init; }

    /// <summary>Whether the version to run is a draft.</summary>
    public bool IsDraft => !Versions.Single(version => version.Version == Workflow.Version).IsPublished;

    /// <summary>Data that readers see of the month now.</summary>
    public IReadOnlyList<Materialization> Current { get; init; } = [];

    /// <summary>Id of this form and of its run: sending the form twice starts one run.</summary>
    public Guid Id { get; init; }

    /// <summary>Reason why the form was refused; <see langword="null"/> for none.</summary>
    public string? Problem { get; init; }

    /// <summary>Active run that blocks this one; <see langword="null"/> for none.</summary>
    public Guid? ActiveRun { get; init; }

    /// <summary>Whether the month differs from the one whose data was shown.</summary>
    public bool AsksAgain { get; init; }

    /// <summary>Returns the name of an input's field.</summary>
    public static string FieldOf(ArgumentDefinition input) => $"{Field}{input.Name}";

    /// <summary>Returns the initial texts of the fields: the defaults.</summary>
    public static IReadOnlyDictionary<string, string> DefaultTexts(WorkflowDefinition workflow) => workflow.Inputs.ToDictionary(input => input.Name, input => TextOf(input.Default), StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the texts of the fields that were sent.</summary>
    public static IReadOnlyDictionary<string, string> TextsOf(WorkflowDefinition workflow, IFormCollection form) =>
        workflow.Inputs.ToDictionary(input => input.Name, input => form[FieldOf(input)].ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Parses the texts of the fields as the inputs declare; empty fields give no value.</summary>
    /// <exception cref="ApiException"><c>run.bad_input</c>, with all problems.</exception>
    public IReadOnlyDictionary<string, JsonElement> Values()
    {
        var (values, problems) = (new Dictionary<string, JsonElement>(StringComparer.OrdinalIgnoreCase), new List<string>());
        foreach (var input in Workflow.Inputs)
            if (Texts.GetValueOrDefault(input.Name) is { Length: > 0 } text && InputTexts.ValueOf(input, text, problems) is { } value) values[input.Name] = value;
        return problems.Count == 0 ? values : throw new ApiException(422, "run.bad_input", string.Join(' ', problems));
    }

    /// <summary>Returns the kind of field for an input.</summary>
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

    /// <summary>Several lines, such as a document.</summary>
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
