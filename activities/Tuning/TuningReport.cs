namespace Orchestrator.Activities.Tuning;

/// <summary>The outcome of tuning on a month: measures and decisions.</summary>
/// <param name="Partition">The month, as 2026-10.</param>
/// <param name="RunId">The run.</param>
/// <param name="Queries">The workload.</param>
/// <param name="Indexes">All indexes looked at: kept, dropped, rejected.</param>
/// <param name="Totals">Sums.</param>
public sealed record TuningReport(string Partition, Guid RunId, IReadOnlyList<TunedQuery> Queries, IReadOnlyList<TunedIndex> Indexes,
    TuningTotals Totals);

/// <summary>A query of the workload before and after.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind"><c>point</c>, <c>range</c> or <c>month</c>.</param>
/// <param name="Question">The question in words.</param>
/// <param name="Parameters">What it was asked with.</param>
/// <param name="BuffersBefore">Pages of 8 KiB without indexes of ours.</param>
/// <param name="BuffersAfter">Pages with those that are kept.</param>
/// <param name="MillisecondsBefore">Time before; only a hint.</param>
/// <param name="MillisecondsAfter">Time after; only a hint.</param>
/// <param name="Baseline">Where the figures before are from: <c>measured</c> in this run, <c>recorded</c> by an earlier one on the same
/// data, or <c>switched_off</c>: measured in this run with index scans switched off, since indexes of ours stood already.</param>
/// <param name="Indexes">The indexes of ours that its plan uses.</param>
public sealed record TunedQuery(
    string Name, string Kind, string Question, IReadOnlyDictionary<string, string> Parameters, long BuffersBefore, long BuffersAfter,
    double MillisecondsBefore, double MillisecondsAfter, string Baseline, IReadOnlyList<string> Indexes);

/// <summary>An index that was looked at.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Table">Its table.</param>
/// <param name="Columns">Columns it is ordered by.</param>
/// <param name="Included">Further columns in it.</param>
/// <param name="Decision"><c>kept</c>, <c>dropped</c> or <c>rejected</c>.</param>
/// <param name="IsNew">Whether this run built it.</param>
/// <param name="Reason">Why.</param>
/// <param name="GainBuffers">Pages it saves in one pass of the workload: measured where it was built, else reckoned.</param>
/// <param name="Bytes">Its size: measured where it was built, else reckoned.</param>
/// <param name="BuildMilliseconds">How long building it took; 0 if it was not built.</param>
/// <param name="NextLoadMilliseconds">What the next load of the month takes longer for it.</param>
/// <param name="Queries">Queries whose plans use it.</param>
public sealed record TunedIndex(
    string Name, string Table, IReadOnlyList<string> Columns, IReadOnlyList<string> Included, string Decision, bool IsNew, string Reason,
    long GainBuffers,
    long Bytes, double BuildMilliseconds, double NextLoadMilliseconds, IReadOnlyList<string> Queries);

/// <summary>Sums of a tuning.</summary>
/// <param name="BuffersBefore">Pages of the whole workload without indexes of ours.</param>
/// <param name="BuffersAfter">Pages of the whole workload now.</param>
/// <param name="SelectiveBefore">Pages of the point and range queries without indexes of ours.</param>
/// <param name="SelectiveAfter">Pages of the point and range queries now.</param>
/// <param name="HeapBytes">Bytes of the month's tables and the dimensions without indexes.</param>
/// <param name="IndexBytes">Bytes of all indexes on them, keys included.</param>
/// <param name="BuildMilliseconds">Time that building took in this run, of all connections together.</param>
/// <param name="NextLoadMilliseconds">What the next load of the month takes longer for the kept indexes.</param>
public sealed record TuningTotals(
    long BuffersBefore, long BuffersAfter, long SelectiveBefore, long SelectiveAfter, long HeapBytes, long IndexBytes,
    double BuildMilliseconds, double NextLoadMilliseconds);
