using System.Buffers;
using System.Globalization;
using System.Text;

namespace Orchestrator.Server.Texts;

/// <summary>
/// Text for terminals and logs. Names, errors and log lines come from others' definitions and data: control characters that would steer a
/// terminal, start a new line or change the direction of writing are shown as <c>\u001B</c>.
/// </summary>
static class VisibleText
{
    // C0, DEL and C1 controls, line and paragraph separators, and what overrides the direction of text
    // (https://www.unicode.org/reports/tr9/).
    static readonly SearchValues<char> Steering = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code), '\u2028', '\u2029',
            .. "\u202A\u202B\u202C\u202D\u202E", .. "\u2066\u2067\u2068\u2069"]);

    /// <summary>Converts to one line: line ends become spaces.</summary>
    public static string Line(string text) => text.AsSpan().ContainsAny(Steering) ? Show(text.ReplaceLineEndings(" "), keepsLines: false)
        : text;

    /// <summary>Converts to several lines: line feeds and tabs stay.</summary>
    public static string Lines(string text) => text.AsSpan().ContainsAny(Steering) ? Show(text, keepsLines: true) : text;

    static string Show(string text, bool keepsLines)
    {
        var shown = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length; at++)
        {
            var character = text[at];
            var isLineEnd = character == '\n' || (character == '\r' && at + 1 < text.Length && text[at + 1] == '\n');
            if (!Steering.Contains(character) || character == '\t' || (keepsLines && isLineEnd)) shown.Append(character);
            else shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
        }
        return shown.ToString();
    }
}

/// <summary>Writer that passes text on as <see cref="VisibleText"/>.</summary>
sealed class VisibleWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => inner.Write(VisibleText.Lines(value.ToString()));

    public override void Write(string? value) => inner.Write(value is null ? null : VisibleText.Lines(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void WriteLine() => inner.WriteLine();

    public override void WriteLine(string? value) => inner.WriteLine(value is null ? null : VisibleText.Lines(value));

    public override Task WriteLineAsync(string? value) => inner.WriteLineAsync(value is null ? null : VisibleText.Lines(value));

    public override void Flush() => inner.Flush();

    public override Task FlushAsync() => inner.FlushAsync();
}
