namespace Orchestrator.Workflows.Expressions;

/// <summary>Limits of one evaluation of a script or a template; beyond them it fails with <c>expression.limit</c>.</summary>
public sealed record ScriptLimits
{
    /// <summary>Time of one evaluation.</summary>
    /// <value>5 s.</value>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes that one evaluation may allocate in all, released ones too.</summary>
    /// <value>100 MiB.</value>
    public long MemoryBytes { get; init; } = 100 << 20;

    /// <summary>Statements that one evaluation may execute.</summary>
    /// <value>5,000,000.</value>
    public int Statements { get; init; } = 5_000_000;

    /// <summary>Nested calls.</summary>
    /// <value>250.</value>
    public int Calls { get; init; } = 250;

    /// <summary>Elements that an array may be created with.</summary>
    /// <value>1,000,000.</value>
    public uint ArrayLength { get; init; } = 1_000_000;

    /// <summary>Characters of a text, or elements of a list, whose members may be enumerated; each takes up to a kilobyte.</summary>
    public int Members => (int)Math.Min(MemoryBytes >> 10, ArrayLength);

    /// <summary>Time of one match of a regular expression.</summary>
    /// <value>1 s.</value>
    public TimeSpan RegexTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rounds that one loop of a template may take.</summary>
    /// <value>100,000.</value>
    public int Iterations { get; init; } = 100_000;

    /// <summary>Characters of a text, or items of a list, that a template may make.</summary>
    /// <value>1,000,000.</value>
    public int TextLength { get; init; } = 1_000_000;

    /// <summary>Characters that a script or a template may have.</summary>
    /// <value>100,000.</value>
    public int ScriptLength { get; init; } = 100_000;
}
