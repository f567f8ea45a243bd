using System.Collections.Frozen;

namespace Orchestrator.Server.Access;

/// <summary>
/// Check for passwords that attackers try first: common words, names and keyboard walks, with some digits and signs around them.
/// </summary>
static class CommonPasswords
{
    // Least length of a password without its common parts; a digit counts half, since people append years and
    // birthdays.
    const double LeastLeft = 6.5;
    const int LeastDifferent = 4, ShortestNamePart = 3;

    static readonly FrozenSet<string> Words = Read().ToFrozenSet(StringComparer.Ordinal);
    static readonly int LongestWord = Words.Max(static word => word.Length);

    /// <summary>Whether a password is little more than common words and the user's name.</summary>
    public static bool Has(string user, string password)
    {
        var plain = password.ToLowerInvariant();
        var names = user.ToLowerInvariant().Split(['.', '_', '-', '@'], StringSplitOptions.RemoveEmptyEntries)
            .Where(static part => part.Length >= ShortestNamePart).Append(user.ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        return IsWeak(plain, names) || IsWeak(Unmask(plain), names) || IsWeak(new([.. plain.Where(char.IsLetterOrDigit)]), names);
    }

    static bool IsWeak(string password, HashSet<string> names)
    {
        var left = Without(password, names);
        return left.Sum(static character => char.IsLetter(character) ? 1 : 0.5) < LeastLeft || left.Distinct().Count() < LeastDifferent;
    }

    // Removes the longest common part at each place.
    static string Without(string password, HashSet<string> names)
    {
        var left = new List<char>();
        for (var at = 0; at < password.Length;)
        {
            var length = Math.Min(password.Length - at, Math.Max(LongestWord, names.Max(static name => name.Length)));
            while (length > 0 && !Words.Contains(password.Substring(at, length)) && !names.Contains(password.Substring(at,
                length))) length--;
            if (length == 0) left.Add(password[at]);
            at += Math.Max(length, 1);
        }
        return new([.. left]);
    }

    // Attackers try 'P@ssw0rd' as 'password'.
    static string Unmask(string password) => new([.. password.Select(static character => character switch
    {
        '@' or '4' => 'a', '3' => 'e', '1' or '!' => 'i', '0' => 'o', '$' or '5' => 's', '7' => 't', _ => character,
    })]);

    static IEnumerable<string> Read()
    {
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream("common-passwords.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            if (line is not ['#', ..] and not "") yield return line;
    }
}
