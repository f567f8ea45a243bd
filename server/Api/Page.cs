using System.Globalization;
using System.Text;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Api;

/// <summary>A part of a list.</summary>
/// <param name="Items">In the order of the list.</param>
/// <param name="Next">Cursor of the next page; <see langword="null"/> at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Cursors of lists; opaque to clients.</summary>
static class PageCursor
{
    /// <summary>Items of a page if the request gives no limit.</summary>
    public const int DefaultLimit = 50;

    /// <summary>Most items of a page.</summary>
    public const int LargestLimit = 500;

    /// <summary>Creates a page of a query's result: one item more than the limit means that there is a next page.</summary>
    /// <param name="cursorOf">Cursor of an item; the next page begins after it.</param>
    public static Page<T> Page<TFound, T>(IReadOnlyList<TFound> found, int limit, Func<TFound, T> show, Func<TFound, IEnumerable<object>> cursorOf) =>
        found.Count > limit
            ? new([.. found.Take(limit).Select(show)], Write(cursorOf(found[limit - 1])))
            : new([.. found.Select(show)], Next: null);

    /// <summary>Checks how many items a request wants.</summary>
    /// <exception cref="ApiException"><c>request.bad_limit</c>.</exception>
    public static int Limit(int? given) => given is null ? DefaultLimit
        : given is >= 1 and <= LargestLimit ? given.Value
        : throw new ApiException(400, "request.bad_limit", string.Create(CultureInfo.InvariantCulture, $"'limit' is {given}, but must be from 1 to {LargestLimit}."));

    static string Write(IEnumerable<object> parts) => Convert.ToBase64String(Encoding.UTF8.GetBytes(string.Join('|', parts.Select(part => part is DateTimeOffset at
        ? at.UtcTicks.ToString(CultureInfo.InvariantCulture)
        : Convert.ToString(part, CultureInfo.InvariantCulture))))).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>Reads a cursor of one number; <see langword="null"/> for the first page.</summary>
    /// <exception cref="ApiException"><c>request.bad_cursor</c>.</exception>
    public static long? ReadNumber(string? cursor) => cursor is null ? null
        : Read(cursor) is [var text] && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Bad(cursor);

    /// <summary>Reads the parts of a cursor.</summary>
    /// <exception cref="ApiException"><c>request.bad_cursor</c>.</exception>
    public static string[] Read(string cursor)
    {
        try
        {
            var text = cursor.Replace('-', '+').Replace('_', '/');
            return Encoding.UTF8.GetString(Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='))).Split('|');
        }
        catch (FormatException)
        {
            throw Bad(cursor);
        }
    }

    /// <summary>Creates the error for a cursor that no page returned.</summary>
    public static ApiException Bad(string cursor) =>
        new(400, "request.bad_cursor", $"'{cursor}' is not a cursor of this list. Take it from 'next' of the page before, with the same filters and order; leave it out for the first page.");
}
