using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>What to start.</summary>
/// <param name="Id">The run's identity, chosen by whoever asks: asking twice with the same one gives one run.</param>
/// <param name="Definition">What executes.</param>
/// <param name="Partition">The month; <see langword="null"/> for none.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="TraceParent">W3C trace context of the caller; <see langword="null"/> for that of the current span.</param>
public sealed record StartRun(
    Guid Id, WorkflowDefinition Definition, Partition? Partition, IReadOnlyDictionary<string, JsonElement> Inputs, string? TraceParent = null)
{
    /// <summary>Of what waits for a worker the highest is taken first; among equals the oldest. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>What to do where another run of this workflow has the month. Default <see cref="WhenActive.Refuse"/>.</summary>
    public WhenActive WhenActive { get; init; }

    /// <summary>
    /// Who or what starts it, such as <c>person ada</c>, <c>schedule monthly-sales</c>, <c>backfill 0193…</c> or <c>command line</c>.
    /// </summary>
    public string? StartedBy { get; init; }

    /// <summary>
    /// Whether it executes something else than the workflow's published version: a file, or a draft. Such a run never counts as one of the
    /// published workflow.
    /// </summary>
    public bool IsAdHoc { get; init; }

    /// <summary>The run that it repeats; <see langword="null"/> for none.</summary>
    public Guid? RerunOf { get; init; }

    /// <summary>The first run of the chain of reruns; <see langword="null"/> where it begins one.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>What ties it to others, such as the number of an order; <see langword="null"/> for nothing.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The activity that waited for what starts the run; <see langword="null"/> where nobody did.</summary>
    internal Trigger? Trigger { get; init; }

    /// <summary>The run that starts it; <see langword="null"/> for none.</summary>
    internal ParentRun? Parent { get; init; }

    /// <summary>What it takes over from the run that it repeats; <see langword="null"/> where everything executes.</summary>
    internal Reuse? Reuse { get; init; }
}

/// <summary>The run that starts another one.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Number of the execution in it that waits for the end; <see langword="null"/> where none does.</param>
/// <param name="Depth">How many runs are above it.</param>
sealed record ParentRun(Guid RunId, int? Number, int Depth);

/// <summary>What to do with a start for which another run of the same workflow and partition has not ended.</summary>
/// <remarks>A run that is suspended stands in nobody's way, and runs without partition never do.</remarks>
public enum WhenActive
{
    /// <summary>It is not accepted: <see cref="RunAlreadyActiveException"/>.</summary>
    Refuse = 0,

    /// <summary>It is accepted, and begins when the earlier ones have ended.</summary>
    Queue = 1,
}

/// <summary>
/// A start was refused, since another run of the same workflow and partition has not ended. Its code is <c>run.already_active</c>.
/// </summary>
public sealed class RunAlreadyActiveException : Exception
{
    // Raised by accept_run in 0100_runs.sql.
    const string SqlState = "OR003";

    RunAlreadyActiveException(PostgresException refused)
        : base($"{refused.MessageText} Nothing was started. Wait until it ends or cancel it, or let the new run queue behind it.", refused) =>
        ActiveRun = Guid.Parse(refused.Hint!);

    /// <summary>Stable code.</summary>
    public const string Code = "run.already_active";

    /// <summary>The run that stands in the way.</summary>
    public Guid ActiveRun { get; }

    /// <summary>Whether the store refused a start; for whoever accepts runs inside a transaction of their own.</summary>
    internal static bool Is(PostgresException fault) => fault.SqlState == SqlState;

    /// <summary>What the store's refusal means.</summary>
    internal static RunAlreadyActiveException Of(PostgresException refused) => new(refused);
}
