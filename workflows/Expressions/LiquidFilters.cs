using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using DotLiquid;
using DotLiquid.Util;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Filters in addition to DotLiquid's own, or instead of them: the length of results that may be many times longer than their input is
/// limited, and dates mean the same on every machine. The names on the wire are in lower case with underscores.
/// </summary>
static partial class LiquidFilters
{
    /// <summary>Shows a text as it is, without encoding it for HTML; it comes last.</summary>
    public static object? Raw(object? input) => input is null ? null : new RawText(LiquidValues.TextOf(input));

    /// <summary>Returns a value as JSON; nothing of it is encoded for HTML.</summary>
    public static object Json(object? input) => new RawText(LiquidValues.JsonOf(input));

    public static string Append(Context context, string? input, string? text) => Join(context, input, text);

    public static string Prepend(Context context, string? input, string? text) => Join(context, text, input);

    public static string? Replace(Context context, string? input, string? text, string? replacement = "")
    {
        if (string.IsNullOrEmpty(input) || string.IsNullOrEmpty(text)) return input;
        LiquidWriter.Allow(context, input.Length + ((long)input.Length / text.Length * (replacement?.Length ?? 0)));
        return input.Replace(text, replacement, StringComparison.Ordinal);
    }

    public static string? ReplaceFirst(Context context, string? input, string? text, string? replacement = "")
    {
        if (string.IsNullOrEmpty(input) || string.IsNullOrEmpty(text)) return input;
        var at = input.IndexOf(text, StringComparison.Ordinal);
        return at < 0 ? input : Join(context, $"{input.AsSpan(0, at)}{replacement}", input[(at + text.Length)..]);
    }

    public static string? Join(Context context, IEnumerable? input, string? between = " ")
    {
        if (input is null or string) return input as string;
        var parts = input.Cast<object?>().Select(LiquidValues.TextOf).ToList();
        LiquidWriter.Allow(context, parts.Sum(part => (long)part.Length + (between?.Length ?? 0)));
        return string.Join(between, parts);
    }

    public static IEnumerable? Concat(Context context, IEnumerable? left, IEnumerable? right)
    {
        List<object?> all = [.. left?.Cast<object?>() ?? [], .. right?.Cast<object?>() ?? []];
        LiquidWriter.Allow(context, all.Count);
        return all;
    }

    /// <summary>
    /// Formats a time by a format of <c>strftime</c>. Text without a zone is UTC, a number counts seconds since 1970; a value that is no
    /// time stays as it is.
    /// </summary>
    public static object? Date(Context context, object? input, string? format)
    {
        if (input is null || string.IsNullOrWhiteSpace(format)) return input;
        // A width such as %99999d would be that many characters.
        if (LongWidth().IsMatch(format)) throw new LiquidTooLongException();
        return MomentOf(input) is { } moment ? moment.ToStrFTime(format, CultureInfo.InvariantCulture) : input;
    }

    static string Join(Context context, string? first, string? second)
    {
        LiquidWriter.Allow(context, (long)(first?.Length ?? 0) + (second?.Length ?? 0));
        return first + second;
    }

    static DateTimeOffset? MomentOf(object input) => input switch
    {
        "now" or "today" => TimeProvider.System.GetUtcNow(),
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment) => moment,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) => Unix(seconds),
        long seconds => Unix(seconds),
        int seconds => Unix(seconds),
        _ => null,
    };

    static DateTimeOffset? Unix(long seconds) => seconds is > -62_135_596_800 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    [GeneratedRegex(@"%[-_0^:#]*\d{3,}", RegexOptions.NonBacktracking)]
    private static partial Regex LongWidth();

    /// <summary>A text that is shown as it is.</summary>
    sealed class RawText(string text)
    {
        public override string ToString() => text;
    }
}
