using System.Text.Json;

namespace Orchestrator.Server.Elsa;

/// <summary>A run in a list, as Elsa's clients know it.</summary>
record InstanceSummary
{
    public required string Id { get; init; }
    public required string DefinitionId { get; init; }
    public required string DefinitionVersionId { get; init; }
    public required int Version { get; init; }
    public required string Status { get; init; }
    public required string SubStatus { get; init; }
    public string? CorrelationId { get; init; }

    /// <summary>Label that distinguishes runs of a workflow: the name that an activity set, else the month.</summary>
    public string? Name { get; init; }
    public required int IncidentCount { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>A run with its full state.</summary>
sealed record Instance : InstanceSummary
{
    public required InstanceState WorkflowState { get; init; }
    public required bool IsExecuting { get; init; }
    public bool IsSystem { get; init; }
}

/// <summary>State of a run.</summary>
sealed record InstanceState
{
    public required string Id { get; init; }
    public required string DefinitionId { get; init; }
    public required string DefinitionVersionId { get; init; }
    public required int DefinitionVersion { get; init; }
    public string? CorrelationId { get; init; }
    public required string Status { get; init; }
    public required string SubStatus { get; init; }
    public required bool IsExecuting { get; init; }
    public required IReadOnlyList<InstanceBookmark> Bookmarks { get; init; }
    public required IReadOnlyList<InstanceIncident> Incidents { get; init; }
    public bool IsSystem { get; init; }

    /// <summary>Always empty: Elsa lists pending callbacks here; here the journal determines what follows.</summary>
    public IReadOnlyList<string> CompletionCallbacks { get; init; } = [];
    public required IReadOnlyList<ExecutionContextState> ActivityExecutionContexts { get; init; }
    public IReadOnlyList<string> ScheduledActivities { get; init; } = [];
    public required int ExecutionLogSequence { get; init; }
    public required IReadOnlyDictionary<string, JsonElement> Input { get; init; }
    public required IReadOnlyDictionary<string, JsonElement> Output { get; init; }
    public required IReadOnlyDictionary<string, string> Properties { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}

/// <summary>A bookmark: something that a run waits for.</summary>
sealed record InstanceBookmark(string Id, string Name, string ActivityId, string ActivityNodeId, string ActivityInstanceId, DateTimeOffset CreatedAt)
{
    /// <summary>Details of the wait, such as the time at which the run continues.</summary>
    public object? Payload { get; init; }
    public bool AutoBurn { get; init; } = true;
    public bool AutoComplete { get; init; } = true;
}

/// <summary>An activity that failed for good.</summary>
sealed record InstanceIncident(string ActivityId, string ActivityNodeId, string ActivityType, string Message, ExceptionState Exception, DateTimeOffset Timestamp);

/// <summary>Error of a failure.</summary>
/// <param name="Type">Our stable code.</param>
/// <param name="Message">What happened, what was expected, what to do.</param>
sealed record ExceptionState(string Type, string Message);

/// <summary>An execution that has not completed.</summary>
sealed record ExecutionContextState
{
    public required string Id { get; init; }
    public required int CallStackDepth { get; init; }
    public string? ParentContextId { get; init; }
    public required string ScheduledActivityNodeId { get; init; }
    public string? OwnerActivityNodeId { get; init; }
    public required IReadOnlyDictionary<string, object> Properties { get; init; }
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
    public required IReadOnlyDictionary<string, JsonElement> ActivityState { get; init; }
    public IReadOnlyList<string> DynamicVariables { get; init; } = [];
    public required string Status { get; init; }
    public required bool IsExecuting { get; init; }
    public required int FaultCount { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
}

/// <summary>A line of a run's journal.</summary>
sealed record JournalRecord
{
    public required string Id { get; init; }
    public required string ActivityInstanceId { get; init; }
    public string? ParentActivityInstanceId { get; init; }
    public required string ActivityId { get; init; }
    public required string ActivityType { get; init; }
    public required int ActivityTypeVersion { get; init; }
    public string? ActivityName { get; init; }
    public required string NodeId { get; init; }
    public required DateTimeOffset Timestamp { get; init; }
    public required int Sequence { get; init; }
    public required string EventName { get; init; }
    public string? Message { get; init; }
    public string? Source { get; init; }
    public object? Payload { get; init; }
}

/// <summary>An execution of an activity, in short.</summary>
record ExecutionSummary
{
    public required string Id { get; init; }
    public required string WorkflowInstanceId { get; init; }
    public required string ActivityId { get; init; }
    public required string ActivityNodeId { get; init; }
    public required string ActivityType { get; init; }
    public required int ActivityTypeVersion { get; init; }
    public string? ActivityName { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public required bool HasBookmarks { get; init; }
    public required string Status { get; init; }
    public required int AggregateFaultCount { get; init; }
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}

/// <summary>An execution of an activity.</summary>
sealed record ExecutionRecord : ExecutionSummary
{
    public IReadOnlyDictionary<string, JsonElement>? ActivityState { get; init; }
    public IReadOnlyDictionary<string, object>? Payload { get; init; }
    public IReadOnlyDictionary<string, JsonElement>? Outputs { get; init; }
    public required IReadOnlyDictionary<string, object> Properties { get; init; }
    public ExceptionState? Exception { get; init; }
    public string? SchedulingActivityExecutionId { get; init; }
    public string? SchedulingActivityId { get; init; }
    public required int CallStackDepth { get; init; }
    public string TenantId { get; init; } = "";
}

/// <summary>Counts of an activity's executions, shown as its badge.</summary>
/// <param name="ActivityId">Id in the definition.</param>
/// <param name="ActivityNodeId">Ids on the path from the workflow to the activity.</param>
/// <param name="StartedCount">Executions that began.</param>
/// <param name="CompletedCount">Executions that completed.</param>
/// <param name="UncompletedCount">Executions that have begun and neither completed nor were canceled.</param>
/// <param name="IsBlocked">Whether an execution waits.</param>
/// <param name="IsFaulted">Whether an execution failed for good.</param>
/// <param name="AggregateFaultCount">Executions at or below it that failed for good.</param>
public sealed record ActivityStats(string ActivityId, string ActivityNodeId, int StartedCount, int CompletedCount, int UncompletedCount, bool IsBlocked, bool IsFaulted, int AggregateFaultCount)
{
    /// <summary>Metadata: whether attempts failed, which the Studio marks.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; init; } = new Dictionary<string, object>();
}

/// <summary>An attempt that was followed by another one.</summary>
sealed record RetryRecord(
    string Id, string ActivityInstanceId, string ActivityId, string WorkflowInstanceId, int AttemptNumber, TimeSpan RetryDelay, string Result, ExceptionState Exception)
{
    /// <summary>Details that the Studio lists as outcome; it breaks without them.</summary>
    public IReadOnlyDictionary<string, string> Details { get; } = new Dictionary<string, string> { ["Error"] = Exception.Type, ["Message"] = Exception.Message };
}
