using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Orchestrator.Workflows.Assets;

/// <summary>One month of data, half-open: <see cref="Start"/> is in, <see cref="End"/> is out. Written <c>2026-10</c>.</summary>
/// <param name="Start">First day of the month.</param>
public readonly record struct Partition(DateOnly Start) : IComparable<Partition>
{
    /// <summary>First day after the month.</summary>
    public DateOnly End => Start.AddMonths(1);

    /// <summary>The month before.</summary>
    public Partition Previous => new(Start.AddMonths(-1));

    /// <summary>Returns the month that ended last before a day: the default of a run.</summary>
    public static Partition LastBefore(DateOnly day) => new(new DateOnly(day.Year, day.Month, 1).AddMonths(-1));

    /// <summary>The month that ended last (UTC): a run works on it if no month was chosen.</summary>
    public static Partition LastEnded(TimeProvider clock) => LastBefore(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));

    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    /// <returns>False if the text is not a month of the years 0001 to 9998.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out Partition partition)
    {
        var isMonth = DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var start) && start.Year < 9999;
        partition = isMonth ? new(start) : default;
        return isMonth;
    }

    /// <summary>Reads <c>yyyy-MM</c>.</summary>
    /// <exception cref="FormatException">The text is not a month.</exception>
    public static Partition Parse(string text) => TryParse(text, out var partition)
        ? partition
        : throw new FormatException($"'{text}' is not a month. Write it as year and month, such as 2026-10.");

    /// <summary>Whether a day lies in the month.</summary>
    public bool Contains(DateOnly day) => day >= Start && day < End;

    /// <inheritdoc/>
    public int CompareTo(Partition other) => Start.CompareTo(other.Start);

    /// <summary>The month as <c>2026-10</c>.</summary>
    public override string ToString() => Start.ToString("yyyy-MM", CultureInfo.InvariantCulture);

#pragma warning disable CS1591 // The four operators follow from CompareTo.
    public static bool operator <(Partition left, Partition right) => left.CompareTo(right) < 0;
    public static bool operator >(Partition left, Partition right) => left.CompareTo(right) > 0;
    public static bool operator <=(Partition left, Partition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(Partition left, Partition right) => left.CompareTo(right) >= 0;
#pragma warning restore CS1591
}
