using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Elsa;

sealed partial record InstanceView
{
    /// <summary>Returns the journal, interleaved with the log lines of activities.</summary>
    /// <param name="log">Log lines of activities; activities that the runtime executes itself log nothing in Elsa.</param>
    public IReadOnlyList<JournalRecord> Journal(IReadOnlyList<ActivityLogLine> log)
    {
        var lines = History.Events.Select(happened => (happened.At, Order: 0, Number: happened.Number ?? 0, Name: happened.Kind.ToString(), Line: (ActivityLogLine?)null))
            .Concat(from line in log
                    where line.Attempt > 0
                    let execution = Started.LastOrDefault(execution => execution.ActivityId == line.ActivityId && execution.StartedAt <= line.At)
                    where execution is not null
                    select (line.At, Order: 1, execution.Number, Name: line.Event, Line: (ActivityLogLine?)line))
            .ToList();
        // Both are ordered; at equal times, events stay in the order of the journal.
        if (lines.Count > History.Events.Count) lines = [.. lines.OrderBy(line => line.At)];
        return [.. lines.Select((line, sequence) => Record(sequence, line.At, line.Number, line.Name, line.Line))];
    }

    /// <summary>Returns the numbers of an activity's executions, in the order they began.</summary>
    /// <param name="nodeId"><see cref="InstanceId.Workflow"/> for the workflow itself; <see langword="null"/> for every activity.</param>
    public IEnumerable<int> NumbersOf(string? nodeId) =>
        (Run.StartedAt is not null && nodeId is null or InstanceId.Workflow ? [0] : Array.Empty<int>())
        .Concat(Started.Where(execution => nodeId is null || NodeIdOf(execution) == nodeId).Select(execution => execution.Number));

    /// <summary>Summarizes an execution; <see langword="null"/> if there is none.</summary>
    public ExecutionSummary? Summary(int number) => Execution(number, NoFacts) is { } record ? new ExecutionSummary
    {
        Id = record.Id, WorkflowInstanceId = record.WorkflowInstanceId, ActivityId = record.ActivityId, ActivityNodeId = record.ActivityNodeId, ActivityType = record.ActivityType,
        ActivityTypeVersion = record.ActivityTypeVersion, ActivityName = record.ActivityName, StartedAt = record.StartedAt, CompletedAt = record.CompletedAt,
        HasBookmarks = record.HasBookmarks, Status = record.Status, AggregateFaultCount = record.AggregateFaultCount,
    } : null;

    /// <summary>Returns an execution; <see langword="null"/> if there is none, or it has not begun.</summary>
    /// <param name="facts">Facts shown beside the outputs.</param>
    public ExecutionRecord? Execution(int number, ExecutionFacts facts)
    {
        if (number == 0) return Run.StartedAt is { } begun ? WorkflowRecord(begun) : null;
        if (History.Find(number) is not { StartedAt: { } startedAt } execution) return null;
        var node = NodeOf(execution);
        var outputs = facts.Outputs(execution, node);
        return new()
        {
            Id = InstanceId.Of(Run.Id, number), WorkflowInstanceId = InstanceId.Of(Run.Id), ActivityId = execution.ActivityId, ActivityNodeId = NodeIdOf(execution),
            ActivityType = TypeOf(execution), ActivityTypeVersion = node?.Version ?? 1, ActivityName = node?.Name, StartedAt = startedAt, CompletedAt = CompletedAt(execution),
            HasBookmarks = IsWaiting(execution), Status = InstanceStatus.Of(execution.Status), AggregateFaultCount = execution.FaultCount,
            ActivityState = execution.Inputs.Count > 0 ? execution.Inputs : null, Payload = PayloadOf(execution), Outputs = outputs.Count > 0 ? outputs : null,
            Properties = PropertiesOf(execution), Exception = execution.Error is { } error ? new(error.Code, error.Message) : null,
            SchedulingActivityExecutionId = InstanceId.Of(Run.Id, execution.ScheduledBy ?? 0),
            SchedulingActivityId = execution.ScheduledBy is { } by ? History.Find(by)!.ActivityId : InstanceId.Workflow, CallStackDepth = depths[number],
        };
    }

    /// <summary>Returns the executions that led to an execution: the workflow first, the execution itself last.</summary>
    public IReadOnlyList<ExecutionRecord> CallStack(int number)
    {
        var numbers = new Stack<int>();
        for (int? at = number; at is { } there && History.Find(there) is { } execution; at = execution.ScheduledBy) numbers.Push(there);
        return [.. numbers.Prepend(0).Distinct().Select(at => Execution(at, NoFacts)).OfType<ExecutionRecord>()];
    }

    /// <summary>Returns the attempts of an execution that were followed by another one.</summary>
    public IReadOnlyList<RetryRecord> Retries(int number) =>
    [
        .. (number == 0 ? History.Executions : History.Executions.Where(execution => IsAtOrBelow(execution, number))).SelectMany(execution => execution.Failures
            .Where(failure => failure.RetryAfter is not null).Select(failure => new RetryRecord(
                $"{InstanceId.Of(Run.Id, execution.Number)}-{failure.Attempt}", InstanceId.Of(Run.Id, execution.Number), execution.ActivityId, InstanceId.Of(Run.Id),
                failure.Attempt, failure.RetryAfter!.Value, failure.Failure, new(failure.Error.Code, failure.Error.Message)))),
    ];

    static ExecutionFacts NoFacts => ExecutionFacts.None;

    bool IsAtOrBelow(ExecutionHistory execution, int number)
    {
        for (var at = execution; at is not null; at = at.Parent is { } above ? History.Find(above) : null)
            if (at.Number == number) return true;
        return false;
    }

    ExecutionRecord WorkflowRecord(DateTimeOffset startedAt) => new()
    {
        Id = InstanceId.Of(Run.Id, 0), WorkflowInstanceId = InstanceId.Of(Run.Id), ActivityId = InstanceId.Workflow, ActivityNodeId = InstanceId.Workflow,
        ActivityType = InstanceId.WorkflowType, ActivityTypeVersion = 1, StartedAt = startedAt, CompletedAt = WorkflowCompletedAt, HasBookmarks = false, Status = WorkflowStatus,
        AggregateFaultCount = FaultCount, Properties = WorkflowProperties(), CallStackDepth = 0,
    };

    // Elsa gives a failed activity no time of completion.
    static DateTimeOffset? CompletedAt(ExecutionHistory execution) => execution.Status is ActivityStatus.Failed ? null : execution.FinishedAt;

    static Dictionary<string, object>? PayloadOf(ExecutionHistory execution)
    {
        var payload = new Dictionary<string, object>(StringComparer.Ordinal);
        if (execution.Outcomes is { Count: > 0 } outcomes && outcomes is not ["Done"]) payload["Outcomes"] = outcomes;
        if (execution.ReusedFrom is { } run) payload["ReusedFrom"] = InstanceId.Of(run);
        return payload.Count > 0 ? payload : null;
    }

    JournalRecord Record(int sequence, DateTimeOffset at, int number, string name, ActivityLogLine? line)
    {
        var execution = History.Find(number);
        var node = execution is null ? null : NodeOf(execution);
        var error = line is null && name == nameof(HistoryEventKind.Faulted) ? execution?.Error : null;
        return new()
        {
            Id = $"{InstanceId.Of(Run.Id, number)}-{sequence.ToString(System.Globalization.CultureInfo.InvariantCulture)}", ActivityInstanceId = InstanceId.Of(Run.Id, number),
            ParentActivityInstanceId = execution is null ? null : InstanceId.Of(Run.Id, execution.Parent ?? 0), ActivityId = execution?.ActivityId ?? InstanceId.Workflow,
            ActivityType = execution is null ? InstanceId.WorkflowType : TypeOf(execution), ActivityTypeVersion = node?.Version ?? 1, ActivityName = node?.Name,
            NodeId = execution is null ? InstanceId.Workflow : NodeIdOf(execution), Timestamp = at, Sequence = sequence, EventName = name,
            Message = error?.Message ?? line?.Message, Source = line is null ? null : $"attempt {line.Attempt}",
            Payload = error is not null ? new { Exception = error.Code, error.Message, Data = new Dictionary<string, string>() }
                : execution is not null && name == nameof(HistoryEventKind.Completed) && line is null ? PayloadOf(execution) : null,
        };
    }
}
