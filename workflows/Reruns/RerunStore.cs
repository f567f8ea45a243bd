using System.Globalization;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Plans reruns and starts them. A rerun is a new run: the earlier one is never overwritten.</summary>
public sealed class RerunStore(StoreDatabase store, StoreOutages outages, RunStore runs, RunJournal journal, ActivityRegistry registry)
{
    /// <summary>Plans a rerun, and starts nothing.</summary>
    /// <param name="newest">The definition that <see cref="RerunRequest.Latest"/> means; <see langword="null"/> for the newest that a run
    /// of the same kind executed.</param>
    /// <returns><see langword="null"/> if there is no such run.</returns>
    /// <exception cref="RerunRefusedException">The run cannot be repeated in this way.</exception>
    public async Task<RerunPlan?> PlanAsync(RerunRequest request, WorkflowDefinition? newest, CancellationToken cancellationToken) =>
        (await PrepareAsync(request, newest, token: null, cancellationToken))?.Prepared.Plan;

    /// <summary>Starts a rerun. A worker drives it. Calling again with the same id changes nothing.</summary>
    /// <param name="start">Settings of the start; the store adds the reused executions and the run that it repeats.</param>
    /// <param name="token">Token of the plan that the caller accepted; <see langword="null"/> for none.</param>
    /// <inheritdoc cref="PlanAsync" path="/param[@name='newest']"/>
    /// <returns>The new run; <see langword="null"/> if there is no such run to repeat.</returns>
    /// <exception cref="RerunRefusedException">The run cannot be repeated in this way.</exception>
    /// <exception cref="PlanChangedException">The plan has changed.</exception>
    /// <exception cref="RunAlreadyActiveException">Another run has the month, and this one must not queue behind it.</exception>
    public async Task<Run?> StartAsync(RerunRequest request, RerunStart start, string? token, WorkflowDefinition? newest, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(start.Id, cancellationToken) is { } started) return started;
        if (await PrepareAsync(request, newest, token, cancellationToken) is not var (source, definition, prepared)) return null;
        return await runs.CreateAsync(new(start.Id, definition, source.Partition, prepared.Inputs, start.TraceParent)
        {
            Priority = start.Priority ?? source.Priority,
            WhenActive = start.WhenActive,
            StartedBy = start.StartedBy,
            // The newest definition is of the same kind: the published one of a published one, the newest file of a file.
            IsAdHoc = source.IsAdHoc,
            RerunOf = source.Id,
            RootRun = source.RootRun ?? source.Id,
            Reuse = prepared.Reuse,
        }, cancellationToken);
    }

    /// <summary>
    /// Lists all runs of one chain of reruns: the first one, and everything that repeated it or a repetition of it; oldest first.
    /// </summary>
    /// <returns>Empty if there is no such run.</returns>
    public async Task<IReadOnlyList<Run>> ListChainAsync(Guid runId, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(runId, cancellationToken) is not { } run) return [];
        return await StoreReading.ReadAsync(store, outages,
            $"""
            select {RunStore.RunColumns} from orchestrator.run where id = $1
            union all select {RunStore.RunColumns} from orchestrator.run where root_run = $1 and rerun_of is not null
            order by created_at, id
            """,
            parameters => parameters.With(run.RootRun ?? run.Id), RunStore.ReadRun, cancellationToken);
    }

    async Task<(Run Source, WorkflowDefinition Definition, PreparedRerun Prepared)?> PrepareAsync(
        RerunRequest request, WorkflowDefinition? newest, string? token, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(request.RunId, cancellationToken) is not { } run) return null;
        var entries = await journal.ReadAsync(run.Id, cancellationToken);
        if (entries.Count == 0)
            throw new RerunRefusedException("rerun.history_removed", $"The history of run {run.Id} was removed by retention, so nobody knows what it did. Start a new run for the month.");
        var source = new SourceRun(run.Id, entries);
        var before = await runs.GetDefinitionAsync(run.Id, cancellationToken);
        var definition = request.Latest ? newest ?? await FindNewestAsync(run, cancellationToken) ?? before : before;
        // Two readings of one document are different objects with the same meaning.
        if (RunStore.ChecksumOf(definition) == RunStore.ChecksumOf(before)) definition = before;
        var facts = await new RerunFactReader(store, outages).ReadAsync(run, [.. source.Ends.Select(execution => execution.FromRun).Append(run.Id).Distinct()], cancellationToken);
        var prepared = new RerunPlanner(source, before, definition, request, facts).Prepare();
        var checksum = RunStore.ChecksumOf(definition);
        if (token is not null && PlanToken.ChangedSince(token, prepared.Plan, source, prepared.Inputs, checksum) is { Count: > 0 } changes) throw new PlanChangedException(changes);
        return (run, definition, prepared with { Plan = prepared.Plan with { Token = PlanToken.Of(prepared.Plan, source, prepared.Inputs, checksum) } });
    }

    async Task<WorkflowDefinition?> FindNewestAsync(Run like, CancellationToken cancellationToken)
    {
        var found = await StoreReading.ReadAsync(store, outages,
            """
            select document from orchestrator.workflow_definition_version as executed
            where definition_id = $1 and exists (
              select from orchestrator.run where run.definition_id = $1 and run.definition_checksum = executed.checksum and run.is_ad_hoc = $2)
            order by version desc, recorded_at desc limit 1
            """,
            parameters => parameters.With(like.DefinitionId).With(like.IsAdHoc, NpgsqlTypes.NpgsqlDbType.Boolean), row => row.GetString(0), cancellationToken);
        return found.Count == 0 ? null : WorkflowDefinition.Parse(found[0], registry);
    }
}

/// <summary>Settings for the start of a rerun.</summary>
/// <param name="Id">The new run's identity, chosen by the caller: asking twice with the same one gives one run.</param>
public sealed record RerunStart(Guid Id)
{
    /// <summary>Priority of the new run; <see langword="null"/> for that of the run it repeats.</summary>
    public int? Priority { get; init; }

    /// <summary>Treatment of the start if the month has an active run.</summary>
    public WhenActive WhenActive { get; init; }

    /// <summary>Person or component that starts the rerun.</summary>
    public string? StartedBy { get; init; }

    /// <summary>W3C trace context of the caller; <see langword="null"/> for that of the current span.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>The accepted plan has changed since; nothing was started.</summary>
/// <param name="changes">Changes since the plan was made, in words.</param>
public sealed class PlanChangedException(IReadOnlyList<string> changes) : Exception(string.Create(CultureInfo.InvariantCulture,
    $"The plan has changed since it was made: {string.Join("; ", changes)}. Nothing was started; look at the new plan."))
{
    /// <summary>Stable code of the error.</summary>
    public const string Code = "rerun.plan_changed";

    /// <summary>Changes since the plan was made, in words.</summary>
    public IReadOnlyList<string> Changes => changes;
}
