using System.Globalization;

namespace Orchestrator.Server.Texts;

/// <summary>Formats of numbers for people, the same in every culture.</summary>
public static class Figures
{
    static readonly string[] ByteUnits = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>Formats a count, such as <c>1,000,000</c>.</summary>
    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Formats money, such as <c>12,345.60</c>.</summary>
    public static string Money(decimal money) => money.ToString("N2", CultureInfo.InvariantCulture);

    /// <summary>Formats money for programs, such as <c>12345.60</c>.</summary>
    public static string PlainMoney(decimal money) => money.ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>Formats a size, such as <c>24.1 MB</c>; a megabyte is a million bytes.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        for (; Math.Abs(value) >= 999.5 && unit < ByteUnits.Length - 1; unit++) value /= 1000;
        return unit == 0 || Math.Abs(value) >= 99.95
            ? string.Create(CultureInfo.InvariantCulture, $"{value:0} {ByteUnits[unit]}")
            : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {ByteUnits[unit]}");
    }

    /// <summary>Formats a duration, such as <c>0.9 s</c>, <c>1 min 12 s</c> or <c>2 h 05 min</c>.</summary>
    public static string Time(TimeSpan time)
    {
        if (time.TotalSeconds < 59.95) return string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
        var seconds = (long)Math.Round(time.TotalSeconds);
        return seconds < 3_600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60} min {seconds % 60:00} s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3_600} h {seconds / 60 % 60:00} min");
    }

    /// <summary>Formats a rate, such as <c>1.1 M rows/s</c>; empty if too little time has passed.</summary>
    public static string Rate(long rows, TimeSpan time)
    {
        if (rows == 0 || time < TimeSpan.FromMilliseconds(50)) return "";
        var perSecond = rows / time.TotalSeconds;
        return perSecond switch
        {
            >= 999_500 => string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1_000_000:0.0} M rows/s"),
            >= 9_950 => string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1_000:0} k rows/s"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{perSecond:0} rows/s"),
        };
    }

    /// <summary>Formats a change, such as <c>-95.2 %</c> for a fall from 1000 to 48.</summary>
    public static string Change(decimal before, decimal after) =>
        before == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(after - before) / before * 100:+0.0;-0.0;0.0} %");
}
