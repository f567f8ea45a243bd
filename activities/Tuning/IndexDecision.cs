namespace Orchestrator.Activities.Tuning;

/// <summary>A decision about an index.</summary>
/// <param name="Index">The index.</param>
/// <param name="Verdict">What becomes of it.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="GainBuffers">Buffers that it saves in one pass of the workload.</param>
/// <param name="Bytes">Its size: measured if it was built, else reckoned.</param>
/// <param name="BuildMilliseconds">How long building it took; 0 if it was not built.</param>
public sealed record IndexDecision(
    IndexCandidate Index, IndexVerdict Verdict, string Reason, long GainBuffers, long Bytes, double BuildMilliseconds);

/// <summary>The fate of an index that was looked at.</summary>
public enum IndexVerdict
{
    /// <summary>The index stands.</summary>
    Kept = 0,

    /// <summary>The index stood or was built, and was dropped.</summary>
    Dropped = 1,

    /// <summary>The index was not built.</summary>
    Rejected = 2,
}

/// <summary>Texts of verdicts, as the warehouse and reports keep them.</summary>
public static class IndexVerdicts
{
    extension(IndexVerdict verdict)
    {
        /// <summary>The text: <c>kept</c>, <c>dropped</c> or <c>rejected</c>.</summary>
        public string Text => verdict switch
        {
            IndexVerdict.Kept => "kept",
            IndexVerdict.Dropped => "dropped",
            IndexVerdict.Rejected or _ => "rejected",
        };
    }
}
