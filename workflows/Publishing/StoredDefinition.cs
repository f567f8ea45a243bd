using System.Globalization;
using System.Runtime.InteropServices;

namespace Orchestrator.Workflows.Publishing;

/// <summary>A version of a workflow definition as people save and publish it, without its document.</summary>
/// <param name="Id">Id of this version, 16 hexadecimal digits.</param>
/// <param name="DefinitionId">Id of the workflow, the same for all versions.</param>
/// <param name="Version">Version number, from 1.</param>
/// <param name="Name">Name for people; the definition's id if there is none.</param>
/// <param name="Description">Purpose of the workflow.</param>
/// <param name="ToolVersion">Version of the designer that saved it.</param>
/// <param name="IsLatest">Whether it is the newest version, a draft or not.</param>
/// <param name="IsPublished">Whether a run that starts now executes it.</param>
/// <param name="IsReadonly">Whether the designer must not change it.</param>
/// <param name="IsSystem">Whether lists leave it out unless it is requested.</param>
/// <param name="CreatedAt">Time at which the version was made.</param>
/// <param name="Checksum">SHA-256 of the document, as runs record it.</param>
public sealed record StoredDefinition(
    string Id, string DefinitionId, int Version, string Name, string? Description, string? ToolVersion, bool IsLatest, bool IsPublished, bool IsReadonly,
    bool IsSystem, DateTimeOffset CreatedAt, string Checksum);

/// <summary>A version with its document.</summary>
/// <param name="Definition">The part that lists show.</param>
/// <param name="Document">JSON, as it was saved.</param>
public sealed record StoredDocument(StoredDefinition Definition, string Document);

/// <summary>Selections of versions of definitions, by Elsa's names.</summary>
public enum VersionSelection
{
    /// <summary>Every version.</summary>
    All = 0,

    /// <summary>The newest one.</summary>
    Latest = 1,

    /// <summary>The published one.</summary>
    Published = 2,

    /// <summary>The newest one if it is not published.</summary>
    Draft = 3,

    /// <summary>The newest and the published one.</summary>
    LatestOrPublished = 4,

    /// <summary>The newest one if it is published.</summary>
    LatestAndPublished = 5,

    /// <summary>The one with a number.</summary>
    Number = 6,
}

/// <summary>A selection of versions of definitions.</summary>
/// <param name="Selection">The selection.</param>
/// <param name="Number">The version of <see cref="VersionSelection.Number"/>.</param>
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

/// <summary>Sort keys of a list of definitions.</summary>
public enum DefinitionOrder
{
    /// <summary>By name.</summary>
    Name = 0,

    /// <summary>By the time at which the version was made.</summary>
    Created = 1,

    /// <summary>By version.</summary>
    Version = 2,
}

/// <summary>A page of a list of definitions.</summary>
public sealed record DefinitionQuery
{
    /// <summary>Versions to find.</summary>
    public VersionOptions Versions { get; init; }

    /// <summary>Only these versions; <see langword="null"/> for any.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Only versions of these workflows; <see langword="null"/> for any.</summary>
    public IReadOnlyList<string>? DefinitionIds { get; init; }

    /// <summary>A part of the name, the description or an id; case does not matter; empty for any.</summary>
    public string? Search { get; init; }

    /// <summary>Only system workflows or only others; <see langword="null"/> for both.</summary>
    public bool? IsSystem { get; init; }

    /// <summary>Sort key of the list.</summary>
    public DefinitionOrder Order { get; init; }

    /// <summary>Whether the highest come first.</summary>
    public bool IsDescending { get; init; }

    /// <summary>Number of definitions to skip before the page.</summary>
    public int Skip { get; init; }

    /// <summary>Largest number of results of a page; <see langword="null"/> for all.</summary>
    public int? Take { get; init; }
}
