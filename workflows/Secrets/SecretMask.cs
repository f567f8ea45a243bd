using System.Buffers;
using System.Text;
using System.Text.Json;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Secrets;

/// <summary>
/// Replaces the values of secrets, and each longer line of them, by <c>***</c>: as they are, in Base64 or hexadecimal, and encoded for
/// addresses, JSON or HTML in any way that <see cref="SecretPattern"/> follows.
/// </summary>
public sealed class SecretMask
{
    const string Mask = "***";

    // A shorter part of a value also occurs in ordinary text.
    const int ShortestPart = 8;

    static readonly AsyncLocal<SecretMask?> InFlow = new();

    readonly SecretPattern[] hidden;
    readonly SearchValues<char> beginnings;

    SecretMask(SecretPattern[] hidden) =>
        (this.hidden, beginnings) = (hidden, SearchValues.Create([.. hidden.SelectMany(pattern => pattern.Beginnings).Distinct()]));

    /// <summary>A mask that hides nothing.</summary>
    public static SecretMask None { get; } = new([]);

    /// <summary>
    /// The mask of the attempt in whose asynchronous flow the caller runs, as <c>Span.Current</c> is its span: for logs and traces.
    /// </summary>
    public static SecretMask Current
    {
        get => InFlow.Value ?? None;
        internal set => InFlow.Value = value;
    }

    /// <summary>Whether it hides nothing.</summary>
    public bool IsEmpty => hidden.Length == 0;

    /// <summary>Creates a mask that hides these values.</summary>
    public static SecretMask Of(IEnumerable<string> values)
    {
        var forms = values.SelectMany(FormsOf).Where(form => form.Text.Length > 0).Distinct()
            .Select(form => new SecretPattern(form.Text, form.IsBase64)).ToArray();
        return forms.Length == 0 ? None : new(forms);
    }

    /// <summary>Returns a text in the form in which it may be shown.</summary>
    public string Text(string text)
    {
        StringBuilder? shown = null;
        var kept = 0;
        for (var at = 0; at < text.Length;)
        {
            var ahead = text.AsSpan(at).IndexOfAny(beginnings);
            if (ahead < 0) break;
            at += ahead;
            var length = 0;
            foreach (var pattern in hidden) length = Math.Max(length, pattern.LengthAt(text, at));
            if (length == 0)
            {
                at++;
                continue;
            }
            (shown ??= new()).Append(text, kept, at - kept).Append(Mask);
            kept = at += length;
        }
        return shown is null ? text : shown.Append(text, kept, text.Length - kept).ToString();
    }

    /// <summary>Returns a value in the form in which it may be kept and shown.</summary>
    public JsonElement Json(JsonElement value) => IsEmpty ? value : JsonTexts.Replace(value, Text, isOutside: true);

    /// <summary>Returns the result of a check in the form in which it may be kept and shown.</summary>
    public AssetCheckResult Check(AssetCheckResult check) => IsEmpty ? check
        : check with { Expected = Text(check.Expected), Actual = Text(check.Actual), OffendingRows = [.. check.OffendingRows.Select(Text)] };

    /// <summary>Returns an exception in the form in which it may be logged.</summary>
    public Exception Exception(Exception exception) => IsEmpty ? exception : new MaskedException(Text($"{exception}"));

    sealed class MaskedException(string text) : Exception(text)
    {
        public override string ToString() => Message;
    }

    static IEnumerable<(string Text, bool IsBase64)> FormsOf(string value)
    {
        foreach (var line in value.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.Length >= ShortestPart).Append(value))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            yield return (line, false);
            foreach (var form in Base64Of(bytes).Concat(Base64Of(Encoding.Unicode.GetBytes(line)))) yield return (form, true);
            if (line.Any(letter => letter > 0x7F) && line.All(letter => letter <= 0xFF))
                foreach (var form in Base64Of(Encoding.Latin1.GetBytes(line))) yield return (form, true);
            if (bytes.Length < ShortestPart) continue;
            yield return (Convert.ToHexString(bytes), false);
            yield return (Convert.ToHexStringLower(bytes), false);
        }
    }

    /// <summary>
    /// Returns the characters that every Base64 text with the value somewhere in it has, such as that of <c>user:value</c>: they depend on
    /// its offset.
    /// </summary>
    static IEnumerable<string> Base64Of(byte[] bytes)
    {
        yield return Convert.ToBase64String(bytes);
        yield return Convert.ToBase64String(bytes).TrimEnd('=');
        for (var before = 0; before < 3; before++)
        {
            var (from, to) = (before == 0 ? 0 : before + 1, (before + bytes.Length) * 8 / 6);
            if (to - from >= ShortestPart) yield return Convert.ToBase64String([.. new byte[before], .. bytes])[from..to];
        }
    }
}
