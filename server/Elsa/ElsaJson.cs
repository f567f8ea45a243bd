using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Elsa;

/// <summary>JSON as Elsa 3 writes and reads it: camelCase, nulls left out, enums by name, names in dictionaries as they are, unknown members ignored.</summary>
static class ElsaJson
{
    /// <summary>As deep as a workflow definition may be, and what is around it.</summary>
    const int MaximumDepth = 1_100;

    /// <summary>For both directions.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Texts go to programs with the type of JSON, never into a page.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaximumDepth,
        Converters = { new JsonStringEnumConverter() },
    };
}

/// <summary>A whole list.</summary>
/// <param name="Items">All of it.</param>
public sealed record ElsaList<T>(IReadOnlyCollection<T> Items)
{
    /// <summary>How many there are.</summary>
    public int Count => Items.Count;
}

/// <summary>A page of a list.</summary>
/// <param name="Items">Those of the page.</param>
/// <param name="TotalCount">How many there are on all pages.</param>
public sealed record ElsaPage<T>(IReadOnlyList<T> Items, long TotalCount)
{
    /// <summary>What the caller may do with the list; only <c>rel</c> counts to the Studio.</summary>
    public IReadOnlyList<ElsaLink>? Links { get; init; }
}

/// <summary>Something that the caller may do.</summary>
/// <param name="Href">Address below <see cref="ElsaRoutes.Root"/>.</param>
/// <param name="Rel">What it is, such as <c>publish</c>.</param>
/// <param name="Method">HTTP method.</param>
public sealed record ElsaLink(string Href, string Rel, string Method);
