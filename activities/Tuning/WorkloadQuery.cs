using System.Security.Cryptography;
using System.Text;

namespace Orchestrator.Activities.Tuning;

/// <summary>A question of the business, as SQL: one file of <c>Tuning/Workload</c>.</summary>
/// <param name="Name">Its name, which is the file's.</param>
/// <param name="Kind"><c>point</c> for one customer, sales person or the like, <c>range</c> for a span of days or months of one,
/// <c>month</c> for all of a month.</param>
/// <param name="Question">The question in words.</param>
/// <param name="Parameters">Parameter name → query that picks its value from the data.</param>
/// <param name="Sql">The query. Besides its own parameters it may use <c>:month</c>, <c>:first_date_key</c> and
/// <c>:end_date_key</c>.</param>
public sealed record WorkloadQuery(string Name, string Kind, string Question, IReadOnlyDictionary<string, string> Parameters, string Sql)
{
    const string Mark = "-- workload: ";

    /// <summary>The whole workload, by name.</summary>
    public static IReadOnlyList<WorkloadQuery> All { get; } = Load();

    /// <summary>Changes when any query does.</summary>
    public static string Version { get; } = Hash(string.Concat(All.Select(query => query.Sql)));

    /// <summary>Whether it asks for a small part of the data, so that an index should help.</summary>
    public bool IsSelective => Kind != "month";

    /// <summary>Changes when the query does.</summary>
    public string TextHash => Hash(Sql);

    /// <summary>
    /// Reads a file: header lines <c>-- workload:</c>, <c>-- kind:</c>, <c>-- question:</c>, <c>-- parameter: name = query</c>, then one
    /// select.
    /// </summary>
    /// <exception cref="FormatException">A header line is missing.</exception>
    public static WorkloadQuery Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var header = lines.TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)).ToList();
        var parameters = header.Where(line => line.StartsWith("-- parameter: ", StringComparison.Ordinal))
            .Select(line => line["-- parameter: ".Length..].Split(" = ", 2))
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var name = Header(Mark);
        return new(name, Header("-- kind: "), Header("-- question: "), parameters, string.Join('\n', lines.Skip(header.Count)).Trim());

        string Header(string start) => header.FirstOrDefault(
            line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..].Trim()
            ?? throw new FormatException($"The workload query has no line '{start.Trim()}' at its start. Add it.");
    }

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];

    static List<WorkloadQuery> Load()
    {
        var source = typeof(WorkloadQuery).Assembly;
        var queries = new List<WorkloadQuery>();
        foreach (var resource in source.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(source.GetManifestResourceStream(resource)!);
            var text = reader.ReadToEnd();
            if (text.StartsWith(Mark, StringComparison.Ordinal)) queries.Add(Parse(text));
        }
        return queries;
    }
}
