using System.Text.Json;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Which run is to be repeated, and how much of it.</summary>
/// <param name="RunId">The run; it has ended, or waits for something that cannot come.</param>
/// <param name="Kind">How much.</param>
public sealed record RerunRequest(Guid RunId, RerunKind Kind)
{
    /// <summary>Of <see cref="RerunKind.From"/> and <see cref="RerunKind.Only"/>: the activity by id, by name, or by type where only one is of it.</summary>
    public string? Activity { get; init; }

    /// <summary>Inputs that get another value than in the run; name → value. What may read one of them executes.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether the newest definition executes instead of the run's own; what changed in it executes.</summary>
    public bool Latest { get; init; }
}

/// <summary>How much of a run is repeated. Persisted by name: explicit and append-only.</summary>
public enum RerunKind
{
    /// <summary>Resumes: what succeeded is reused, the rest runs.</summary>
    Retry = 0,

    /// <summary>Everything.</summary>
    Whole = 1,

    /// <summary>One activity and all that is downstream of it, with whatever has not succeeded.</summary>
    From = 2,

    /// <summary>One activity alone; what follows it stays as it was.</summary>
    Only = 3,
}

/// <summary>What cannot be repeated the way it was asked for.</summary>
/// <param name="code"><c>rerun.*</c>; workflows/README.md lists them.</param>
public sealed class RerunRefusedException(string code, string message) : Exception(message)
{
    /// <summary>Stable code.</summary>
    public string Code => code;
}
