using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary>Rows in aligned columns, as plain text.</summary>
/// <param name="headings">One for each column; a heading that starts with <c>&gt;</c> aligns its column to the right.</param>
public sealed class TextTable(params IReadOnlyList<string> headings)
{
    readonly List<string[]> rows = [];

    /// <summary>Adds a row.</summary>
    public TextTable Add(params string[] cells)
    {
        rows.Add([.. cells.Select(VisibleText.Line)]);
        return this;
    }

    /// <summary>Renders the lines: headings, then rows; a single sentence if there are no rows.</summary>
    /// <param name="whenEmpty">Sentence that replaces an empty table.</param>
    public IEnumerable<string> Render(string whenEmpty)
    {
        if (rows.Count == 0) return [whenEmpty];
        var titles = headings.Select(heading => heading.TrimStart('>')).ToArray();
        var widths = titles.Select((title, column) => Math.Max(title.Length, rows.Max(row => row[column].Length))).ToArray();
        return rows.Prepend(titles).Select(row => string.Join("  ", row.Select((cell, column) =>
            headings[column].StartsWith('>') ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>Writes the lines.</summary>
    public void WriteTo(TextWriter output, string whenEmpty)
    {
        foreach (var line in Render(whenEmpty)) output.WriteLine(line);
    }
}
