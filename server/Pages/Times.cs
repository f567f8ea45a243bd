using System.Globalization;

namespace Orchestrator.Server.Pages;

/// <summary>Formats of moments on pages, in UTC.</summary>
static class Times
{
    /// <summary>Formats a moment, such as <c>2026-11-02 22:06:41</c>.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Formats a time of day, such as <c>22:06:41</c>.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
