using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// An append in the form that the store receives: everything is text already, so that unwritable values fail before they share a
/// transaction.
/// </summary>
/// <param name="Run">Where the run stands from now on; null if it stands as it stood.</param>
/// <param name="Executions">JSON of the changed activity executions; null for none. The log and the checks have the same form.</param>
/// <param name="Materializations">JSON of each, always in the same order, so that two commits cannot wait for each other.</param>
sealed record JournalRows(
    Fence Fence, long ExpectedSequence, RunRow? Run, IReadOnlyList<JournalRow> Entries, string? Executions, string? Log, string? Checks,
    IReadOnlyList<string> Materializations)
{
    public static JournalRows Of(JournalAppend append) => new(
        append.Fence, append.ExpectedSequence, append.Run,
        [.. append.Entries.Select(entry => new JournalRow(entry.Sequence, entry.At, RunEventJson.NameOf(entry.Event), RunEventJson.Write(entry.Event)))],
        Write(append.Executions, ProjectionContext.Default.IReadOnlyCollectionExecutionRow),
        Write(append.Log, ProjectionContext.Default.IReadOnlyCollectionLogRow),
        Write(append.Checks, ProjectionContext.Default.IReadOnlyCollectionCheckRow),
        [.. append.Materializations.OrderBy(row => row.Asset, StringComparer.Ordinal).ThenBy(row => row.Partition, StringComparer.Ordinal)
            .Select(row => StoredText.OfJson(JsonSerializer.Serialize(row, ProjectionContext.Default.MaterializationRow)))]);

    static string? Write<T>(IReadOnlyCollection<T> rows, JsonTypeInfo<IReadOnlyCollection<T>> type) =>
        // The journal itself keeps every character.
        rows.Count == 0 ? null : StoredText.OfJson(JsonSerializer.Serialize(rows, type));
}

/// <summary>A row of <c>journal</c>, without the run.</summary>
sealed record JournalRow(long Sequence, DateTimeOffset At, string Type, string Payload);
