using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Workflows.Storage;

/// <summary>
/// Names of files, folders and object keys from a text that a person chose, such as the id of an activity. The only place that makes them.
/// </summary>
public static class SafeNames
{
    const int Longest = 100, Kept = 64;

    /// <summary>
    /// Returns a name of letters, digits and <c>._-</c>, without a leading dot, of at most 100 characters; different texts have different
    /// names. Any other character becomes its bytes in UTF-8 such as <c>_2F</c>, and a name that would be longer ends in its SHA-256.
    /// </summary>
    public static string Of(string text)
    {
        var name = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (IsKept(text, i)) name.Append(text[i]);
            else
            {
                var whole = char.IsSurrogatePair(text, i) ? 2 : 1;
                foreach (var one in Encoding.UTF8.GetBytes(text, i, whole)) name.Append(CultureInfo.InvariantCulture, $"_{one:X2}");
                i += whole - 1;
            }
        }
        // An underscore that stands for a character is followed by two digits, so none of the short names is one of these.
        return name.Length <= Longest ? name.ToString()
            : $"{name.ToString(0, Kept)}_-{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)), 0, 16)}";
    }

    /// <summary>The path of names below a folder.</summary>
    /// <exception cref="InvalidOperationException">It leads out of the folder: nothing may be written or deleted there.</exception>
    public static string Below(string folder, params IReadOnlyList<string> names)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var path = Path.GetFullPath(Path.Combine([root, .. names]));
        return IsBelow(root, path) ? path : throw new InvalidOperationException(
            $"'{path}' does not lie below '{root}', where alone files may be written and deleted. Nothing was changed.");
    }

    /// <summary>Whether a path lies below a folder. Both are whole, without a separator at the end.</summary>
    internal static bool IsBelow(string root, string path) => path.Length > root.Length + 1
        && path.StartsWith(root, StringComparison.Ordinal)
        && (path[root.Length] == Path.DirectorySeparatorChar || root.EndsWith(Path.DirectorySeparatorChar));

    static bool IsKept(string text, int at) => text[at] switch
    {
        '.' => at > 0,
        // If it could be confused with an encoded character, or with the end of a long name.
        '_' => (at + 1 >= text.Length || text[at + 1] != '-')
            && (at + 2 >= text.Length || !IsUpperHex(text[at + 1]) || !IsUpperHex(text[at + 2])),
        var c => char.IsAsciiLetterOrDigit(c) || c is '-',
    };

    static bool IsUpperHex(char c) => c is (>= '0' and <= '9') or (>= 'A' and <= 'F');
}
