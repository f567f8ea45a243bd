using System.Text.Json;

namespace Orchestrator.Workflows.Reruns;

/// <summary>A request to repeat a run as a whole or in part.</summary>
/// <param name="RunId">The run; it has ended, or waits for something that cannot come.</param>
/// <param name="Kind">Extent of the rerun.</param>
public sealed record RerunRequest(Guid RunId, RerunKind Kind)
{
    /// <summary>
    /// For <see cref="RerunKind.From"/> and <see cref="RerunKind.Only"/>: the activity by id, by name, or by type if it is the only one of
    /// that type.
    /// </summary>
    public string? Activity { get; init; }

    /// <summary>Inputs with another value than in the run; name → value. Activities that may read one of them execute.</summary>
    public IReadOnlyDictionary<string, JsonElement> Inputs { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Whether the newest definition executes instead of the run's own; activities that changed in it execute.</summary>
    public bool Latest { get; init; }
}

/// <summary>Extent of a rerun. Persisted by name: explicit and append-only.</summary>
public enum RerunKind
{
    /// <summary>Resumes: successful activities are reused, the others run.</summary>
    Retry = 0,

    /// <summary>Repeats everything.</summary>
    Whole = 1,

    /// <summary>Repeats one activity and all that are downstream of it, and all that have not succeeded.</summary>
    From = 2,

    /// <summary>Repeats one activity alone; its successors stay as they were.</summary>
    Only = 3,
}

/// <summary>A rerun that was refused because the run cannot be repeated in the requested way.</summary>
/// <param name="code"><c>rerun.*</c>; workflows/README.md lists them.</param>
public sealed class RerunRefusedException(string code, string message) : Exception(message)
{
    /// <summary>Stable code of the error.</summary>
    public string Code => code;
}
