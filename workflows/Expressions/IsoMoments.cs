using System.Globalization;
using System.Text.RegularExpressions;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Text as a day, a moment or a time of day: ISO 8601 and nothing else, as imports read it. .NET's own reading guesses: it makes
/// <c>05.10.2026</c> the tenth of May, and <c>12:00</c> today.
/// </summary>
public static partial class IsoMoments
{
    const string Time = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?";

    /// <summary>Reads a moment; without a zone it is UTC: a definition must mean the same on every machine.</summary>
    public static bool TryMoment(string? text, out DateTimeOffset moment)
    {
        moment = default;
        return text?.Trim() is { } written && Moments().IsMatch(written)
            && DateTimeOffset.TryParse(written.Replace(',', '.'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);
    }

    /// <summary>Reads a day, alone or before midnight.</summary>
    public static bool TryDay(string? text, out DateOnly day)
    {
        var isDay = TryMoment(text, out var moment) && moment.TimeOfDay == TimeSpan.Zero;
        day = isDay ? DateOnly.FromDateTime(moment.DateTime) : default;
        return isDay;
    }

    /// <summary>Reads a time of day.</summary>
    public static bool TryTime(string? text, out TimeOnly time)
    {
        time = default;
        return text?.Trim() is { } written && Times().IsMatch(written)
            && TimeOnly.TryParse(written.Replace(',', '.'), CultureInfo.InvariantCulture, out time);
    }

    [GeneratedRegex($"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]{Time}( ?(Z|[-+][0-9]{{2}}(:?[0-5][0-9])?))?)?\\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Moments();

    [GeneratedRegex($"^{Time}\\z", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Times();
}
