using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orchestrator.Server.Elsa;

/// <summary>JSON options of Elsa 3: camelCase, nulls omitted, enums by name, dictionary keys unchanged, unknown members ignored.</summary>
static class ElsaJson
{
    /// <summary>Nesting of the deepest definition, with its envelope.</summary>
    const int MaximumDepth = 1_100;

    /// <summary>Options for reading and writing.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Sent as application/json to programs, never embedded in a page.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaximumDepth,
        Converters = { new JsonStringEnumConverter() },
    };
}

/// <summary>A whole list.</summary>
/// <param name="Items">All items.</param>
public sealed record ElsaList<T>(IReadOnlyCollection<T> Items)
{
    /// <summary>Number of items.</summary>
    public int Count => Items.Count;
}

/// <summary>A page of a list.</summary>
/// <param name="Items">Items of the page.</param>
/// <param name="TotalCount">Number of items on all pages.</param>
public sealed record ElsaPage<T>(IReadOnlyList<T> Items, long TotalCount)
{
    /// <summary>Links that tell the Studio what the caller may do with the list; it reads only <c>rel</c>.</summary>
    public IReadOnlyList<ElsaLink>? Links { get; init; }
}

/// <summary>A link: an operation that the caller may perform.</summary>
/// <param name="Href">Address below <see cref="ElsaRoutes.Root"/>.</param>
/// <param name="Rel">Operation, such as <c>publish</c>.</param>
/// <param name="Method">HTTP method.</param>
public sealed record ElsaLink(string Href, string Rel, string Method);
