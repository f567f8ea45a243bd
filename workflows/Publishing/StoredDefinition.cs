using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Workflows.Publishing;

/// <summary>A version of a workflow definition as people save and publish it, without its document.</summary>
/// <param name="Id">Of this version, 16 hexadecimal digits.</param>
/// <param name="DefinitionId">Of the workflow, over all versions.</param>
/// <param name="Version">From 1.</param>
/// <param name="Name">Name for people; the definition's id where there is none.</param>
/// <param name="Description">What it is for.</param>
/// <param name="ToolVersion">Of the designer that saved it.</param>
/// <param name="IsLatest">Whether it is the newest version, a draft or not.</param>
/// <param name="IsPublished">Whether a run that starts now executes it.</param>
/// <param name="IsReadonly">Whether the designer must not change it.</param>
/// <param name="IsSystem">Whether lists leave it out unless they are asked for.</param>
/// <param name="CreatedAt">When the version was made.</param>
/// <param name="Checksum">SHA-256 of the document, as runs note it.</param>
public sealed record StoredDefinition(
    string Id, string DefinitionId, int Version, string Name, string? Description, string? ToolVersion, bool IsLatest, bool IsPublished, bool IsReadonly,
    bool IsSystem, DateTimeOffset CreatedAt, string Checksum);

/// <summary>A version with its document.</summary>
/// <param name="Definition">What lists show.</param>
/// <param name="Document">JSON, as it was saved.</param>
public sealed record StoredDocument(StoredDefinition Definition, string Document);

/// <summary>Which versions of definitions are meant, in Elsa's words.</summary>
public enum VersionSelection
{
    /// <summary>Every version.</summary>
    All = 0,

    /// <summary>The newest one.</summary>
    Latest = 1,

    /// <summary>The published one.</summary>
    Published = 2,

    /// <summary>The newest one where it is not published.</summary>
    Draft = 3,

    /// <summary>The newest and the published one.</summary>
    LatestOrPublished = 4,

    /// <summary>The newest one where it is published.</summary>
    LatestAndPublished = 5,

    /// <summary>The one with a number.</summary>
    Number = 6,
}

/// <summary>Which versions of definitions are meant.</summary>
/// <param name="Selection">Which.</param>
/// <param name="Number">For <see cref="VersionSelection.Number"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct VersionOptions(VersionSelection Selection, int Number = 0)
{
    /// <summary>The newest version.</summary>
    public static VersionOptions Latest => new(VersionSelection.Latest);

    /// <summary>The published version.</summary>
    public static VersionOptions Published => new(VersionSelection.Published);

    /// <summary>Reads Elsa's words, such as <c>Latest</c>, <c>AllVersions</c> or <c>3</c>; empty text is every version.</summary>
    public static bool TryParse(string? text, out VersionOptions options)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            options = new(VersionSelection.Number, number);
            return true;
        }
        VersionSelection? selection = text?.ToUpperInvariant() switch
        {
            null or "" or "ALLVERSIONS" => VersionSelection.All,
            "LATEST" => VersionSelection.Latest,
            "PUBLISHED" => VersionSelection.Published,
            "DRAFT" => VersionSelection.Draft,
            "LATESTORPUBLISHED" => VersionSelection.LatestOrPublished,
            "LATESTANDPUBLISHED" => VersionSelection.LatestAndPublished,
            _ => null,
        };
        options = new(selection ?? VersionSelection.All);
        return selection is not null;
    }
}

/// <summary>What orders a list of definitions.</summary>
public enum DefinitionOrder
{
    /// <summary>By name.</summary>
    Name = 0,

    /// <summary>By when the version was made.</summary>
    Created = 1,

    /// <summary>By version.</summary>
    Version = 2,
}

/// <summary>A page of a list of definitions.</summary>
public sealed record DefinitionQuery
{
    /// <summary>Which versions.</summary>
    public VersionOptions Versions { get; init; }

    /// <summary>Only these versions; <see langword="null"/> for any.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Only versions of these workflows; <see langword="null"/> for any.</summary>
    public IReadOnlyList<string>? DefinitionIds { get; init; }

    /// <summary>A part of the name, the description or an id, whatever its case; empty for any.</summary>
    public string? Search { get; init; }

    /// <summary>Only system workflows or only others; <see langword="null"/> for both.</summary>
    public bool? IsSystem { get; init; }

    /// <summary>What orders it.</summary>
    public DefinitionOrder Order { get; init; }

    /// <summary>Whether the highest come first.</summary>
    public bool IsDescending { get; init; }

    /// <summary>How many to leave out before the page.</summary>
    public int Skip { get; init; }

    /// <summary>Most of a page; <see langword="null"/> for all.</summary>
    public int? Take { get; init; }
}
