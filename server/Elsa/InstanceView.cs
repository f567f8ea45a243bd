using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

/// <summary>A run as Elsa's clients see it: an instance with its state, its journal and its executions.</summary>
/// <param name="Found">The run.</param>
/// <param name="History">History of the run.</param>
/// <param name="Definition">Definition that the run executes.</param>
/// <param name="Trace">Address of the run's trace; <see langword="null"/> for none.</param>
sealed partial record InstanceView(FoundRun Found, RunHistory History, WorkflowDefinition Definition, Uri? Trace)
{
    static readonly IReadOnlyDictionary<string, JsonElement> Nothing = new Dictionary<string, JsonElement>();
    static readonly IReadOnlyDictionary<string, object> NoProperties = new Dictionary<string, object>();

    readonly int[] depths = DepthsOf(History);

    Run Run => Found.Run;

    /// <summary>Executions that began, in order.</summary>
    public IEnumerable<ExecutionHistory> Started => History.Executions.Where(execution => execution.StartedAt is not null);

    /// <summary>Creates the summary of a run for a list.</summary>
    public static InstanceSummary Summary(FoundRun found) => new()
    {
        Id = InstanceId.Of(found.Run.Id), DefinitionId = found.Run.DefinitionId, DefinitionVersionId = found.DefinitionVersionId, Version = found.Run.DefinitionVersion,
        Status = InstanceStatus.Of(found.Run.Status).Status, SubStatus = InstanceStatus.Of(found.Run.Status).SubStatus, Name = found.Name ?? found.Run.Partition?.ToString(),
        CorrelationId = found.CorrelationId,
        IncidentCount = Math.Max(found.Faults, found.Run.Status is RunStatus.Failed ? 1 : 0), CreatedAt = found.Run.CreatedAt,
        UpdatedAt = found.Run.FinishedAt ?? found.Run.StartedAt ?? found.Run.CreatedAt, FinishedAt = found.Run.FinishedAt,
    };

    /// <summary>Returns the run with its state.</summary>
    public Instance Instance()
    {
        var (summary, state) = (Summary(Found), State());
        return new()
        {
            Id = summary.Id, DefinitionId = summary.DefinitionId, DefinitionVersionId = summary.DefinitionVersionId, Version = summary.Version, Status = summary.Status,
            SubStatus = summary.SubStatus, CorrelationId = History.CorrelationId, Name = History.Name ?? summary.Name, IncidentCount = state.Incidents.Count, CreatedAt = summary.CreatedAt,
            UpdatedAt = state.UpdatedAt, FinishedAt = summary.FinishedAt, WorkflowState = state, IsExecuting = state.IsExecuting,
        };
    }

    /// <summary>Returns the state of the run.</summary>
    public InstanceState State()
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Run.Partition is { } month) properties["Partition"] = month.ToString();
        if (Run.StartedBy is { } by) properties["StartedBy"] = by;
        if (Run.RerunOf is { } first) properties["RerunOf"] = InstanceId.Of(first);
        if ((Run.SuspendedReason ?? Run.WaitsFor) is { } reason) properties["WaitsFor"] = reason;
        if (Trace is not null) properties["Trace"] = Trace.ToString();
        return new()
        {
            Id = InstanceId.Of(Run.Id), DefinitionId = Run.DefinitionId, DefinitionVersionId = Found.DefinitionVersionId, DefinitionVersion = Run.DefinitionVersion,
            CorrelationId = History.CorrelationId, Status = Status.Status, SubStatus = Status.SubStatus, IsExecuting = Run.Status is RunStatus.Running, Bookmarks = [.. Started.Where(IsWaiting).Select(Bookmark)],
            Incidents = Incidents(), ActivityExecutionContexts = Contexts(), ExecutionLogSequence = History.Events.Count, Input = History.Inputs,
            Output = History.Outputs, Properties = properties, CreatedAt = Run.CreatedAt, UpdatedAt = UpdatedAt, FinishedAt = Run.FinishedAt,
        };
    }

    /// <summary>Status and substatus of the run.</summary>
    public (string Status, string SubStatus) Status => InstanceStatus.Of(Run.Status);

    /// <summary>Time of the last event.</summary>
    public DateTimeOffset UpdatedAt => Run.FinishedAt ?? History.LastAt ?? Run.CreatedAt;

    /// <summary>Counts the executions of activities; those that never executed are left out.</summary>
    public IReadOnlyList<ActivityStats> Stats(IReadOnlyCollection<string>? nodes) =>
    [
        .. Started.GroupBy(NodeIdOf, StringComparer.Ordinal).Where(group => nodes is null || nodes.Contains(group.Key)).Select(group => new ActivityStats(
            group.First().ActivityId, group.Key, group.Count(), group.Count(execution => execution.Status is ActivityStatus.Succeeded),
            group.Count(execution => execution.Status is not (ActivityStatus.Succeeded or ActivityStatus.Cancelled)), group.Any(IsWaiting),
            group.Any(execution => execution.Status is ActivityStatus.Failed), group.Sum(execution => execution.FaultCount))
        {
            Metadata = group.Any(execution => execution.RetryCount > 0) ? new Dictionary<string, object>(StringComparer.Ordinal) { ["HasRetryAttempts"] = true } : NoProperties,
        }),
    ];

    public string NodeIdOf(ExecutionHistory execution) => NodeOf(execution)?.NodeId ?? $"{InstanceId.Workflow}:{execution.ActivityId}";

    public ActivityNode? NodeOf(ExecutionHistory execution) => Definition.Activities.GetValueOrDefault(execution.ActivityId);

    // Waits for a time or an external event and executes nothing meanwhile.
    static bool IsWaiting(ExecutionHistory execution) => execution.Status is ActivityStatus.Retrying or ActivityStatus.Suspended;

    InstanceBookmark Bookmark(ExecutionHistory execution) => new(
        $"{InstanceId.Of(Run.Id, execution.Number)}-wait", TypeOf(execution), execution.ActivityId, NodeIdOf(execution), InstanceId.Of(Run.Id, execution.Number),
        execution.Failures is [.., var last] ? last.At : execution.StartedAt!.Value)
    {
        Payload = execution.Status is ActivityStatus.Suspended ? execution.DueAt is { } due ? new { ResumeAt = due } : new { Event = execution.AwaitedEvent }
            : execution.Failures is [.., { RetryAfter: { } wait } failed] ? new { ResumeAt = failed.At + wait }
            : null,
    };

    List<InstanceIncident> Incidents()
    {
        var incidents = History.Faults.Select(fault => new InstanceIncident(
            fault.ActivityId, NodeIdOf(fault), TypeOf(fault), fault.Error!.Message, new(fault.Error.Code, fault.Error.Message), fault.FinishedAt!.Value)).ToList();
        if (incidents.Count == 0 && Run is { Status: RunStatus.Failed, Error: { } error })
            incidents.Add(new(InstanceId.Workflow, InstanceId.Workflow, InstanceId.WorkflowType, error.Message, new(error.Code, error.Message), Run.FinishedAt ?? UpdatedAt));
        return incidents;
    }

    // As in Elsa: executions that have not completed, newest first, and the workflow itself.
    List<ExecutionContextState> Contexts() => Run.StartedAt is not { } startedAt ? [] :
    [
        .. Started.Where(execution => execution.Status is not (ActivityStatus.Succeeded or ActivityStatus.Cancelled)).Reverse().Select(execution => new ExecutionContextState
        {
            Id = InstanceId.Of(Run.Id, execution.Number), CallStackDepth = depths[execution.Number], ParentContextId = InstanceId.Of(Run.Id, execution.Parent ?? 0),
            ScheduledActivityNodeId = NodeIdOf(execution), OwnerActivityNodeId = execution.Parent is { } parent ? NodeIdOf(History.Find(parent)!) : InstanceId.Workflow,
            Properties = PropertiesOf(execution), ActivityState = execution.Inputs, Status = InstanceStatus.Of(execution.Status), IsExecuting = false,
            FaultCount = execution.FaultCount, StartedAt = execution.StartedAt!.Value,
        }),
        new()
        {
            Id = InstanceId.Of(Run.Id, 0), CallStackDepth = 0, ScheduledActivityNodeId = InstanceId.Workflow, Properties = WorkflowProperties(), ActivityState = Nothing,
            Status = WorkflowStatus, IsExecuting = false, FaultCount = FaultCount, StartedAt = startedAt, CompletedAt = WorkflowCompletedAt,
        },
    ];

    Dictionary<string, object> WorkflowProperties()
    {
        var properties = new Dictionary<string, object>(StringComparer.Ordinal);
        var values = Definition.Variables.Where(variable => History.Variables.ContainsKey(variable.Id)).ToDictionary(variable => variable.Id, variable => History.Variables[variable.Id]);
        if (values.Count > 0) properties["Variables"] = values;
        if (History.Executions.Any(execution => execution.RetryCount > 0)) properties["HasRetryAttempts"] = true;
        return properties;
    }

    static IReadOnlyDictionary<string, object> PropertiesOf(ExecutionHistory execution) =>
        execution.RetryCount > 0 ? new Dictionary<string, object>(StringComparer.Ordinal) { ["HasRetryAttempts"] = true } : NoProperties;

    int FaultCount => History.Executions.Count(execution => execution.Status is ActivityStatus.Failed);

    HistoryEvent? WorkflowEnd => History.Events.LastOrDefault(happened => happened is { Number: null, Kind: HistoryEventKind.Completed or HistoryEventKind.Canceled });

    DateTimeOffset? WorkflowCompletedAt => WorkflowEnd?.At;

    string WorkflowStatus => WorkflowEnd?.Kind.ToString() ?? "Running";

    string TypeOf(ExecutionHistory execution) => NodeOf(execution) switch
    {
        null => "Elsa.NotFoundActivity",
        { Descriptor: null } => "Elsa.NotFoundActivity",
        var node => node.Type,
    };

    // Depth of each execution below the workflow, by its causes.
    static int[] DepthsOf(RunHistory history)
    {
        var counted = new int[history.Executions.Count + 1];
        foreach (var execution in history.Executions) counted[execution.Number] = counted[execution.ScheduledBy ?? 0] + 1;
        return counted;
    }
}
