using System.Text.Json;
using System.Text.RegularExpressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Secrets;

/// <summary>
/// References to secrets in a definition: an input that is <c>secret:NAME</c> as a whole, or <c>${secret:NAME}</c> anywhere in a text. Both
/// stay as they are in everything that is kept or shown; only the activity itself gets the value.
/// </summary>
public static partial class SecretReferences
{
    const string Whole = "secret:";

    /// <summary>Whether a text may name a secret: up to 100 letters, digits and <c>._-</c>, a letter first. Case matters.</summary>
    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>Returns the text that scripts and templates get instead of a secret's value.</summary>
    public static string Placeholder(string name) => $"${{{Whole}{name}}}";

    /// <summary>Error code of a secret in a place that takes none.</summary>
    internal const string NotAllowedCode = DefinitionProblemCodes.SecretNotAllowed;

    /// <summary>Fails on a value that names secrets in a place that takes none.</summary>
    /// <param name="place">The place, as the subject of a sentence.</param>
    internal static ActivityFailedException NotAllowed(IEnumerable<string> names, string place) => new(NotAllowedCode, WhyNot(names, place), isRetryable: false);

    /// <summary>Returns the message that a place takes no secrets.</summary>
    /// <param name="place">The place, as the subject of a sentence.</param>
    internal static string WhyNot(IEnumerable<string> names, string place) =>
        $"{place} names {string.Join(" and ", names.Select(name => $"the secret '{name}'"))}, but takes no secrets: what it is given is kept and shown. " +
        "Name secrets only in inputs that take them, such as Authorization of an HTTP request.";

    /// <summary>Adds the secrets that a value of a definition names, in any text of it.</summary>
    internal static void Find(JsonElement value, ISet<string> names)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String: Find(value.GetString()!, names); break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Find(item, names);
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject()) Find(member.Value, names);
                break;
            case JsonValueKind.Undefined or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null: break;
        }
    }

    /// <summary>
    /// Adds the secrets that data of a definition names, also in JSON that is written as text: the parts of it that the activity reads are
    /// data as well.
    /// </summary>
    internal static void FindInData(JsonElement value, ISet<string> names)
    {
        Find(value, names);
        if (value.ValueKind is not JsonValueKind.String || value.GetString()!.TrimStart() is not ['{' or '[', ..]) return;
        try
        {
            Find(JsonElement.Parse(value.GetString()!, DefinitionJson.Reading), names);
        }
        catch (JsonException)
        {
            // It is a text and no JSON.
        }
    }

    static void Find(string text, ISet<string> names)
    {
        if (WholeName(text) is { } name) names.Add(name);
        else if (text.Contains(Whole, StringComparison.Ordinal)) foreach (Match found in PlaceholderPattern().Matches(text)) names.Add(found.Groups["name"].Value);
    }

    /// <summary>Returns a value with the values of secrets instead of their names; a name that is not given stays.</summary>
    internal static JsonElement Fill(JsonElement value, IReadOnlyDictionary<string, string> values) => JsonTexts.Replace(value, text => Fill(text, values));

    static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        WholeName(text) is { } name ? values.GetValueOrDefault(name, text)
        : text.Contains(Whole, StringComparison.Ordinal) ? PlaceholderPattern().Replace(text, found => values.GetValueOrDefault(found.Groups["name"].Value, found.Value))
        : text;

    static string? WholeName(string text) => text.StartsWith(Whole, StringComparison.Ordinal) && IsName(text[Whole.Length..]) ? text[Whole.Length..] : null;

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9._-]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\$\{secret:(?<name>[A-Za-z][A-Za-z0-9._-]{0,99})\}", RegexOptions.CultureInvariant)]
    private static partial Regex PlaceholderPattern();
}
