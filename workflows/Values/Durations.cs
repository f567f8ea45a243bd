using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Values;

/// <summary>
/// Durations as people write them, read by the same rules everywhere: <c>00:00:30</c>, with a fraction of a second, with days in front as
/// in <c>1.12:00:00</c>.
/// </summary>
/// <remarks>.NET reads <c>24:00:00</c> as 24 days and <c>5</c> as 5 days. Here the first of three parts is always hours, and a bare number
/// is refused.</remarks>
public static partial class Durations
{
    /// <summary>Example of a duration, for messages about texts that are none.</summary>
    internal const string Example = "a duration such as 00:00:30";

    /// <summary>Reads a duration.</summary>
    /// <param name="text">Text such as <c>00:00:30</c>, <c>36:00:00</c>, <c>1.12:00:00</c> or <c>10:30</c> (hours and minutes); surrounding
    /// spaces do not count.</param>
    /// <returns>False for a bare number, for minutes or seconds above 59, for hours above 23 behind days or without seconds, and for more
    /// than <see cref="TimeSpan"/> holds.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out TimeSpan duration)
    {
        duration = default;
        if (text is null || Pattern().Match(text) is not { Success: true } match) return false;
        var (days, hours, minutes, seconds) = (Number("days"), Number("hours"), Number("minutes"), Number("seconds"));
        if (hours > 23 && (match.Groups["days"].Success || !match.Groups["seconds"].Success)) return false;
        var fraction = match.Groups["fraction"].Value.PadRight(7, '0');
        var whole = (((((days * 24) + hours) * 60) + minutes) * 60) + seconds;
        var ticks = (whole * TimeSpan.TicksPerSecond) + Int128.Parse(fraction, CultureInfo.InvariantCulture);
        if (match.Groups["sign"].Success) ticks = -ticks;
        if (ticks < long.MinValue || ticks > long.MaxValue) return false;
        duration = new((long)ticks);
        return true;

        Int128 Number(string part) => match.Groups[part] is { Success: true, Value: var digits }
            ? Int128.Parse(digits, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Makes settings and their limits use the same rules.</summary>
    public static void UseInSettings() => TypeDescriptor.AddAttributes(typeof(TimeSpan), new TypeConverterAttribute(typeof(Converter)));

    [GeneratedRegex(
        @"^\s*(?<sign>-)?(?:(?<days>[0-9]{1,8})(?:\.|:(?=[0-9]+:[0-9]+:)))?(?<hours>[0-9]{1,9}):(?<minutes>[0-5]?[0-9])" +
        @"(?::(?<seconds>[0-5]?[0-9])(?:\.(?<fraction>[0-9]{1,7}))?)?\s*\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    /// <summary>Reads the durations of settings.</summary>
    sealed class Converter : TimeSpanConverter
    {
        public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
            value is not string text ? base.ConvertFrom(context, culture, value)
            : TryParse(text, out var duration) ? duration
            : throw new FormatException($"'{text}' is no duration. " +
                "Give hours, minutes and seconds such as 00:00:30; 24:00:00 and 1.00:00:00 are a day.");
    }
}
