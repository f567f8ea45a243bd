using System.Text;
using Orchestrator.Spark.DuckDb;

namespace Orchestrator.Spark.Engines;

/// <summary>
/// Turns <c>:name</c>, as models and Spark write parameters, into <c>$name</c>, as DuckDB does. Texts, quoted names, comments and casts
/// (<c>::</c>) stay as they are.
/// </summary>
/// <param name="Sql">The query for DuckDB.</param>
/// <param name="Names">The parameters that it uses, each once, in order of their first use.</param>
public sealed record NamedParameters(string Sql, IReadOnlyList<string> Names)
{
    /// <summary>Rewrites a query.</summary>
    public static NamedParameters In(string sql)
    {
        var rewritten = new StringBuilder(sql.Length);
        var names = new List<string>();
        for (var at = 0; at < sql.Length;)
        {
            var end = EndOfOpaque(sql, at);
            if (end > at) rewritten.Append(sql, at, end - at);
            else if (StartsName(sql, at))
            {
                end = at + 1;
                while (end < sql.Length && IsNameCharacter(sql[end])) end++;
                var name = sql[(at + 1)..end];
                if (!names.Contains(name, StringComparer.Ordinal)) names.Add(name);
                rewritten.Append('$').Append(name);
            }
            else
            {
                end = at + 1;
                rewritten.Append(sql[at]);
            }
            at = end;
        }
        return new(rewritten.ToString(), names);
    }

    /// <summary>The names, after making sure that each has a value.</summary>
    /// <exception cref="SqlEngineException"><c>sql.missing_parameter</c>: one has none.</exception>
    public IEnumerable<string> UsedOf(IReadOnlyDictionary<string, object?> parameters)
    {
        if (Names.FirstOrDefault(name => !parameters.ContainsKey(name)) is not { } missing) return Names;
        var given = parameters.Count == 0 ? "no parameters" : $"only {string.Join(", ", parameters.Keys)}";
        throw new SqlEngineException(
            "sql.missing_parameter", $"The query uses ':{missing}', but it was given {given}.", isRetryable: false);
    }

    /// <summary>End of the text, quoted name, comment or run of colons that starts here; the same place where none does.</summary>
    static int EndOfOpaque(string sql, int at) => sql[at] switch
    {
        // A doubled quote ends one text and starts the next: the result is the same.
        '\'' or '"' => After(sql, at + 1, sql[at].ToString()),
        '-' when Follows(sql, at, '-') => After(sql, at + 2, "\n"),
        '/' when Follows(sql, at, '*') => After(sql, at + 2, "*/"),
        ':' when Follows(sql, at, ':') => at + 2,
        _ => at,
    };

    static int After(string sql, int from, string mark) =>
        sql.IndexOf(mark, from, StringComparison.Ordinal) is var found and >= 0 ? found + mark.Length : sql.Length;

    static bool Follows(string sql, int at, char next) => at + 1 < sql.Length && sql[at + 1] == next;

    static bool StartsName(string sql, int at) =>
        sql[at] == ':' && at + 1 < sql.Length && (char.IsAsciiLetter(sql[at + 1]) || sql[at + 1] == '_');

    static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
