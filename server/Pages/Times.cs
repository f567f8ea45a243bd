using System.Globalization;

namespace Orchestrator.Server.Pages;

/// <summary>Moments as pages show them, in UTC.</summary>
static class Times
{
    /// <summary>Such as <c>2026-11-02 22:06:41</c>.</summary>
    public static string Moment(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>22:06:41</c>.</summary>
    public static string Clock(DateTimeOffset at) => at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
