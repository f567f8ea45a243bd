using System.Text.Json;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>A request to start a run.</summary>
/// <param name="Id">The new run's identity, chosen by the caller: asking twice with the same one gives one run.</param>
/// <param name="Definition">The workflow to execute.</param>
/// <param name="Partition">The month; <see langword="null"/> for none.</param>
/// <param name="Inputs">Input name → value.</param>
/// <param name="TraceParent">W3C trace context of the caller; <see langword="null"/> for that of the current span.</param>
public sealed record StartRun(
    Guid Id, WorkflowDefinition Definition, Partition? Partition, IReadOnlyDictionary<string, JsonElement> Inputs, string? TraceParent = null)
{
    /// <summary>
    /// Priority of the run: of those that wait for a worker the highest is claimed first; among equals the oldest. Default 0.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>Treatment of the start if another run of this workflow has the month. Default <see cref="WhenActive.Refuse"/>.</summary>
    public WhenActive WhenActive { get; init; }

    /// <summary>
    /// Person or component that starts the run, such as <c>person ada</c>, <c>schedule monthly-sales</c>, <c>backfill 0193…</c> or
    /// <c>command line</c>.
    /// </summary>
    public string? StartedBy { get; init; }

    /// <summary>
    /// Whether it executes something else than the workflow's published version: a file, or a draft. Such a run never counts as one of the
    /// published workflow.
    /// </summary>
    public bool IsAdHoc { get; init; }

    /// <summary>The run that it repeats; <see langword="null"/> for none.</summary>
    public Guid? RerunOf { get; init; }

    /// <summary>The first run of the chain of reruns; <see langword="null"/> if it begins one.</summary>
    public Guid? RootRun { get; init; }

    /// <summary>Correlation id of the run, such as the number of an order; <see langword="null"/> if it has none.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The activity that waited for the start of the run; <see langword="null"/> if none did.</summary>
    internal Trigger? Trigger { get; init; }

    /// <summary>The run that starts it; <see langword="null"/> for none.</summary>
    internal ParentRun? Parent { get; init; }

    /// <summary>Executions that are reused from the run that it repeats; <see langword="null"/> if everything executes.</summary>
    internal Reuse? Reuse { get; init; }
}

/// <summary>The run that starts another one.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Number">Number of the execution in it that waits for the end; <see langword="null"/> if none does.</param>
/// <param name="Depth">Number of runs above it.</param>
sealed record ParentRun(Guid RunId, int? Number, int Depth);

/// <summary>Treatment of a start while another run of the same workflow and partition has not ended.</summary>
/// <remarks>A suspended run never blocks a start, and neither does a run without partition.</remarks>
public enum WhenActive
{
    /// <summary>The start is refused: <see cref="RunAlreadyActiveException"/>.</summary>
    Refuse = 0,

    /// <summary>The start is accepted, and the run begins when the earlier ones have ended.</summary>
    Queue = 1,
}

/// <summary>
/// A start that was refused, since another run of the same workflow and partition has not ended. Its code is <c>run.already_active</c>.
/// </summary>
public sealed class RunAlreadyActiveException : Exception
{
    // Raised by accept_run in 0100_runs.sql.
    const string SqlState = "OR003";

    RunAlreadyActiveException(PostgresException refused)
        : base($"{refused.MessageText} Nothing was started. Wait until it ends or cancel it, or let the new run queue behind it.", refused) =>
        ActiveRun = Guid.Parse(refused.Hint!);

    /// <summary>Stable code of the error.</summary>
    public const string Code = "run.already_active";

    /// <summary>The run that blocks the start.</summary>
    public Guid ActiveRun { get; }

    /// <summary>Whether the store refused a start; for callers that accept runs inside a transaction of their own.</summary>
    internal static bool Is(PostgresException fault) => fault.SqlState == SqlState;

    /// <summary>Creates the exception from the store's refusal.</summary>
    internal static RunAlreadyActiveException Of(PostgresException refused) => new(refused);
}
