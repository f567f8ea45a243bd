namespace Orchestrator.Activities.Tuning;

/// <summary>The cost of a query without indexes of ours.</summary>
/// <param name="Buffers">Pages hit or read.</param>
/// <param name="Milliseconds">Time of execution.</param>
/// <param name="Source">Where the figures are from.</param>
public sealed record Baseline(long Buffers, double Milliseconds, BaselineSource Source);

/// <summary>The origin of figures without indexes of ours.</summary>
public enum BaselineSource
{
    /// <summary>Measured in this run, before there was any index of ours.</summary>
    Measured = 0,

    /// <summary>Recorded by an earlier run on the same data.</summary>
    Recorded = 1,

    /// <summary>Measured in this run with index scans switched off.</summary>
    SwitchedOff = 2,
}

/// <summary>Texts of sources, as the warehouse and reports keep them.</summary>
public static class BaselineSources
{
    extension(BaselineSource source)
    {
        /// <summary>The text: <c>measured</c>, <c>recorded</c> or <c>switched_off</c>.</summary>
        public string Text => source switch
        {
            BaselineSource.Measured => "measured",
            BaselineSource.Recorded => "recorded",
            BaselineSource.SwitchedOff or _ => "switched_off",
        };
    }
}
