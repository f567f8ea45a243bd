using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Workflows.Secrets;

/// <summary>Puts <c>***</c> where the values of secrets appear: as they are, in Base64, for addresses, in JSON and HTML, and each longer line of them.</summary>
public sealed class SecretMask
{
    const string Mask = "***";

    // A shorter part of a value also occurs where it is none.
    const int ShortestPart = 8;

    static readonly AsyncLocal<SecretMask?> InFlow = new();

    readonly string[] hidden;

    SecretMask(string[] hidden) => this.hidden = hidden;

    /// <summary>Hides nothing.</summary>
    public static SecretMask None { get; } = new([]);

    /// <summary>That of the attempt in whose flow the caller is, as <c>Span.Current</c> is its span: for logs and traces.</summary>
    public static SecretMask Current
    {
        get => InFlow.Value ?? None;
        internal set => InFlow.Value = value;
    }

    /// <summary>Whether it hides nothing.</summary>
    public bool IsEmpty => hidden.Length == 0;

    /// <summary>Hides these values.</summary>
    public static SecretMask Of(IEnumerable<string> values)
    {
        var forms = values.SelectMany(FormsOf).Where(form => form.Length > 0).Distinct(StringComparer.Ordinal).OrderByDescending(form => form.Length).ToArray();
        return forms.Length == 0 ? None : new(forms);
    }

    /// <summary>A text as it may be shown.</summary>
    public string Text(string text)
    {
        foreach (var form in hidden)
            if (text.Contains(form, StringComparison.Ordinal)) text = text.Replace(form, Mask, StringComparison.Ordinal);
        return text;
    }

    /// <summary>A value as it may be kept and shown.</summary>
    public JsonElement Json(JsonElement value) => IsEmpty ? value : JsonTexts.Replace(value, Text, isOutside: true);

    /// <summary>The result of a check as it may be kept and shown.</summary>
    public AssetCheckResult Check(AssetCheckResult check) => IsEmpty ? check
        : check with { Expected = Text(check.Expected), Actual = Text(check.Actual), OffendingRows = [.. check.OffendingRows.Select(Text)] };

    /// <summary>An exception as it may be logged.</summary>
    public Exception Exception(Exception exception) => IsEmpty ? exception : new MaskedException(Text($"{exception}"));

    sealed class MaskedException(string text) : Exception(text)
    {
        public override string ToString() => Message;
    }

    static IEnumerable<string> FormsOf(string value)
    {
        foreach (var line in value.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length >= ShortestPart).Append(value))
        {
            yield return line;
            yield return Uri.EscapeDataString(line);
            yield return LowerEscapes(Uri.EscapeDataString(line));
            yield return JsonEncodedText.Encode(line).ToString();
            yield return JsonEncodedText.Encode(line, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
            yield return HtmlEncoder.Default.Encode(line);
            foreach (var form in Base64Of(line)) yield return form;
        }
    }

    static string LowerEscapes(string escaped)
    {
        var text = new StringBuilder(escaped);
        for (var i = 0; i < text.Length - 2; i++)
            if (text[i] == '%') (text[i + 1], text[i + 2]) = (char.ToLowerInvariant(text[i + 1]), char.ToLowerInvariant(text[i + 2]));
        return text.ToString();
    }

    /// <summary>The characters that every Base64 text with the value somewhere in it has, such as that of <c>user:value</c>: they depend on where it begins.</summary>
    static IEnumerable<string> Base64Of(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        yield return Convert.ToBase64String(bytes);
        for (var before = 0; before < 3; before++)
        {
            var whole = Convert.ToBase64String([.. new byte[before], .. bytes]);
            var (from, to) = (before == 0 ? 0 : before + 1, (before + bytes.Length) * 8 / 6);
            if (to - from < ShortestPart) continue;
            yield return whole[from..to];
            yield return whole[from..to].Replace('+', '-').Replace('/', '_');
        }
    }
}
