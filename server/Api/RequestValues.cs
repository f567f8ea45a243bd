using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.Api;

/// <summary>Reads values of requests and reports invalid ones.</summary>
static class RequestValues
{
    /// <summary>Reads a month; <see langword="null"/> if none is given.</summary>
    /// <param name="name">The parameter.</param>
    /// <exception cref="ApiException"><c>request.bad_month</c>.</exception>
    public static Partition? Month(string name, string? text) => text is null ? null
        : Partition.TryParse(text, out var month) ? month
        : throw new ApiException(400, "request.bad_month", $"'{name}' is '{text}', which is not a month. Write it as year and month, such as 2026-10.");

    /// <summary>Reads the month that a request works on; if none is given, the last complete month (UTC).</summary>
    public static Partition MonthOrLast(string name, string? text, TimeProvider time) =>
        Month(name, text) ?? Partition.LastEnded(time);

    /// <summary>Reads the month of a run: none for <c>none</c>, the last complete month (UTC) if omitted.</summary>
    public static Partition? MonthOfRun(string name, string? text, TimeProvider time) =>
        text == StartOptions.NoPartition ? null : MonthOrLast(name, text, time);

    /// <summary>Reads statuses separated by commas; <see langword="null"/> if none is given.</summary>
    /// <exception cref="ApiException"><c>request.bad_status</c>.</exception>
    public static IReadOnlyList<RunStatus>? Statuses(string? text) => text is null ? null :
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(name =>
            name.Length > 0 && name.All(char.IsAsciiLetter) && Enum.TryParse<RunStatus>(name, ignoreCase: true, out var status)
                && Enum.IsDefined(status) ? status
            : throw new ApiException(400, "request.bad_status", $"'{name}' is not a status of a run. There are {string.Join(", ", Enum.GetNames<RunStatus>())}."))];

    /// <summary>Reads an asset's name from an address, in which a slash is written <c>%2F</c>.</summary>
    public static AssetKey Asset(string encoded) => new(Uri.UnescapeDataString(encoded));
}
