using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace Orchestrator.Workflows.Secrets;

/// <summary>
/// Finds a text however it is encoded, character by character: as it is, escaped for an address (<c>%C3%A4</c>, <c>+</c>), for JSON or a script (<c>\u00e4</c>) or
/// for HTML (<c>&amp;#xE4;</c>) or CSS (<c>\e4 </c>), or as bytes (<c>\xc3\xa4</c>, <c>\303\244</c>), in any mixture and also twice.
/// All ways that a character may be written are followed at once.
/// </summary>
/// <param name="text">The text to find.</param>
/// <param name="isBase64">Whether it is Base64, which may be broken into lines and has a variant for addresses.</param>
sealed class SecretPattern(string text, bool isBase64)
{
    const int LongestRun = 32;

    // Ways in which a line end of Base64 is written.
    static readonly string[] LineEnds = ["\\n", "\\r", "\\u000a", "\\u000d", "%0a", "%0d", "&#10;", "&#13;", "&#xa;", "&#xd;"];

    // Names that HTML 5 has beside those of HTML 4.
    static readonly Dictionary<string, string> Entities = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Tab"] = "\t", ["NewLine"] = "\n", ["excl"] = "!", ["num"] = "#", ["dollar"] = "$", ["percnt"] = "%",
        ["lpar"] = "(", ["rpar"] = ")", ["ast"] = "*", ["midast"] = "*",
        ["plus"] = "+", ["comma"] = ",", ["period"] = ".", ["sol"] = "/", ["colon"] = ":", ["semi"] = ";",
        ["equals"] = "=", ["quest"] = "?", ["commat"] = "@", ["lsqb"] = "[",
        ["lbrack"] = "[", ["bsol"] = "\\", ["rsqb"] = "]", ["rbrack"] = "]", ["Hat"] = "^",
        ["lowbar"] = "_", ["UnderBar"] = "_", ["grave"] = "`", ["DiacriticalGrave"] = "`",
        ["lcub"] = "{", ["lbrace"] = "{", ["vert"] = "|", ["verbar"] = "|", ["VerticalLine"] = "|",
        ["rcub"] = "}", ["rbrace"] = "}", ["apos"] = "'",
        ["nbsp"] = " ", ["NonBreakingSpace"] = "\u00A0",
    };

    readonly Rune[] characters = [.. text.EnumerateRunes()];

    /// <summary>The characters that an occurrence may begin with.</summary>
    public IEnumerable<char> Beginnings => characters[0] switch
    {
        { Value: ' ' } => ['%', '=', '\\', '&', ' ', '+'],
        { Value: '+' } when isBase64 => ['%', '=', '\\', '&', '+', '-'],
        { Value: '/' } when isBase64 => ['%', '=', '\\', '&', '/', '_'],
        { Value: '\n' } => ['%', '=', '\\', '&', '\n', '\r'],
        var first => ['%', '=', '\\', '&', first.ToString()[0]],
    };

    /// <summary>The length of the longest occurrence at a place; 0 for none.</summary>
    public int LengthAt(ReadOnlySpan<char> within, int start)
    {
        List<int> ends = [start], next = [];
        foreach (var character in characters)
        {
            next.Clear();
            foreach (var at in ends) Follow(within, isBase64 && at > start ? SkipLineEnds(within, at) : at, character, next);
            if (next.Count == 0) return 0;
            (ends, next) = (next, ends);
        }
        return ends.Max() - start;
    }

    /// <summary>Adds the places after a character, for each way to write it.</summary>
    void Follow(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        if (at >= within.Length) return;
        if (Rune.DecodeFromUtf16(within[at..], out var there, out var length) is OperationStatus.Done && IsSame(there, character)) Add(ends, at + length);
        switch (within[at])
        {
            case '+' when character.Value is ' ': Add(ends, at + 1); break;
            case '\r' when character.Value is '\n' && at + 1 < within.Length && within[at + 1] == '\n': Add(ends, at + 2); break;
            case '\\': FollowBackslashes(within, at, character, ends); break;
            case '%' or '=': FollowBytes(within, at, character, ends); break;
            case '&': FollowEntity(within, at, character, ends); break;
            default: break;
        }
        if (character.Value is '\n') FollowEncodedReturn(within, at, ends);
    }

    bool IsSame(Rune there, Rune character) => there == character
        || (isBase64 && (there.Value, character.Value) is ('-', '+') or ('_', '/'));

    void FollowEncodedReturn(ReadOnlySpan<char> within, int at, List<int> ends)
    {
        var returns = new List<int>();
        if (within[at] is '\\' or '%' or '=' or '&') Follow(within, at, new Rune('\r'), returns);
        foreach (var end in returns) if (end < within.Length && within[end] is '\\' or '%' or '=' or '&') Follow(within, end, new Rune('\n'), ends);
    }

    // Text that was escaped twice has several backslashes instead of one.
    void FollowBackslashes(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        var behind = at;
        while (behind < within.Length && behind - at < LongestRun && within[behind] == '\\') behind++;
        if (character.Value is '\\') for (var end = at + 1; end <= behind; end++) Add(ends, end);
        if (behind >= within.Length) return;
        var letter = within[behind];
        var plain = letter switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', 'v' => '\v', '0' => '\0', _ => letter };
        if (plain == character.Value || IsSame(new Rune(char.IsSurrogate(plain) ? '\0' : plain), character)) Add(ends, behind + 1);
        if (letter is 'x' && Hex(within, behind + 1, 2) is { } small && IsSame(new Rune(small), character)) Add(ends, behind + 3);
        FollowCode(within, behind, character, ends);
        FollowEscapedBytes(within, at, character, ends);
        if (letter is 'U' && Hex(within, behind + 1, 8) is { } wide && wide == character.Value) Add(ends, behind + 9);
        if (letter is not 'u') return;
        if (behind + 1 < within.Length && within[behind + 1] == '{')
        {
            var close = within[behind..Math.Min(behind + 12, within.Length)].IndexOf('}') + behind;
            if (close > behind + 2 && close - behind < 12 && Hex(within, behind + 2, close - behind - 2) is { } point && point == character.Value) Add(ends, close + 1);
        }
        if (Hex(within, behind + 1, 4) is not { } unit) return;
        if (Rune.TryCreate(unit, out var whole) && IsSame(whole, character)) Add(ends, behind + 5);
        var second = behind + 5;
        while (second < within.Length && within[second] == '\\') second++;
        if (second > behind + 5 && second < within.Length && within[second] is 'u' && char.IsHighSurrogate((char)unit) && Hex(within, second + 1, 4) is { } low
            && Rune.TryCreate((char)unit, (char)low, out var pair) && pair == character) Add(ends, second + 5);
    }

    /// <summary>The code of a character as CSS has it, which may end with a space.</summary>
    static void FollowCode(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        for (var digits = 1; digits <= 6 && Hex(within, at, digits) is { } code; digits++)
        {
            if (code != character.Value) continue;
            var end = at + digits;
            Add(ends, end);
            if (within[end..] is ['\r', '\n', ..]) Add(ends, end + 2);
            else if (end < within.Length && within[end] is ' ' or '\t' or '\n' or '\r' or '\f') Add(ends, end + 1);
        }
    }

    /// <summary>The bytes of UTF-8, or the one of Latin-1, each as <c>\xc3</c> or <c>\303</c>.</summary>
    static void FollowEscapedBytes(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = character.EncodeToUtf8(bytes);
        var end = at;
        for (var index = 0; index < count && end >= 0; index++) end = EscapedByte(within, end, bytes[index]);
        if (end > 0) Add(ends, end);
        if (character.Value is > 0x7F and <= 0xFF && EscapedByte(within, at, (byte)character.Value) is > 0 and var latin) Add(ends, latin);
    }

    static int EscapedByte(ReadOnlySpan<char> within, int at, byte wanted)
    {
        var digits = at;
        while (digits < within.Length && digits - at < LongestRun && within[digits] == '\\') digits++;
        if (digits == at || digits >= within.Length) return -1;
        if (within[digits] is 'x' or 'X') return Hex(within, digits + 1, 2) == wanted ? digits + 3 : -1;
        var (value, end, found) = (0, digits, -1);
        while (end < within.Length && end - digits < 3 && within[end] is >= '0' and <= '7')
        {
            value = (value * 8) + within[end++] - '0';
            if (value == wanted) found = end;
        }
        return found;
    }

    /// <summary>The bytes of UTF-8, or the one of Latin-1, or <c>%u00E4</c> as <c>escape</c> writes it; <c>%25</c> stands for a percent sign that was escaped again.</summary>
    void FollowBytes(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        Span<byte> bytes = stackalloc byte[4];
        var count = character.EncodeToUtf8(bytes);
        var end = at;
        for (var index = 0; index < count && end >= 0; index++) end = Byte(within, end, bytes[index]);
        if (end > 0) Add(ends, end);
        if (character.Value is > 0x7F and <= 0xFF && Byte(within, at, (byte)character.Value) is > 0 and var latin) Add(ends, latin);
        if (isBase64 && character.Value is '+' or '/' && Byte(within, at, (byte)(character.Value is '+' ? '-' : '_')) is > 0 and var variant) Add(ends, variant);
        if (at + 1 < within.Length && within[at + 1] is 'u' && Hex(within, at + 2, 4) == character.Value) Add(ends, at + 6);
    }

    static int Byte(ReadOnlySpan<char> within, int at, byte wanted)
    {
        if (at >= within.Length || within[at] is not ('%' or '=')) return -1;
        var digits = at + 1;
        if (Hex(within, digits, 2) == wanted) return digits + 2;
        while (digits + 1 < within.Length && digits - at < LongestRun && within[digits] == '2' && within[digits + 1] == '5') digits += 2;
        return Hex(within, digits, 2) == wanted ? digits + 2 : -1;
    }

    void FollowEntity(ReadOnlySpan<char> within, int at, Rune character, List<int> ends)
    {
        var name = at + 1;
        while (name - at < LongestRun && within[name..].StartsWith("amp;", StringComparison.OrdinalIgnoreCase))
        {
            name += 4;
            if (character.Value is '&') Add(ends, name);
        }
        if (name >= within.Length) return;
        var end = name;
        if (within[name] == '#')
        {
            var isHex = name + 1 < within.Length && within[name + 1] is 'x' or 'X';
            var first = end = name + (isHex ? 2 : 1);
            while (end < within.Length && end - first < LongestRun && (isHex ? char.IsAsciiHexDigit(within[end]) : char.IsAsciiDigit(within[end]))) end++;
            if (!int.TryParse(within[first..end], isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var point)
                || !Rune.TryCreate(point, out var written) || !IsSame(written, character)) return;
        }
        else
        {
            while (end < within.Length && end - name < LongestRun && char.IsAsciiLetterOrDigit(within[end])) end++;
            if (end == name || !IsEntity(within[name..end].ToString(), character)) return;
        }
        Add(ends, end);
        if (end < within.Length && within[end] == ';') Add(ends, end + 1);
    }

    static bool IsEntity(string name, Rune character) => (Entities.TryGetValue(name, out var known) && known == character.ToString())
        || WebUtility.HtmlDecode($"&{name};") == character.ToString()
        || WebUtility.HtmlDecode($"&{name.ToLowerInvariant()};") == character.ToString();

    static int SkipLineEnds(ReadOnlySpan<char> within, int at)
    {
        while (at < within.Length)
        {
            if (within[at] is '\r' or '\n') at++;
            else if (WrittenLineEnd(within[at..]) is > 0 and var length) at += length;
            else break;
        }
        return at;
    }

    static int WrittenLineEnd(ReadOnlySpan<char> within)
    {
        foreach (var end in LineEnds)
            if (within.StartsWith(end, StringComparison.OrdinalIgnoreCase)) return end.Length;
        return 0;
    }

    static int? Hex(ReadOnlySpan<char> within, int at, int digits) => at + digits <= within.Length
        && int.TryParse(within.Slice(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : null;

    static void Add(List<int> ends, int end)
    {
        if (!ends.Contains(end)) ends.Add(end);
    }
}
