using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>One execution of one activity, as the journal shows it.</summary>
sealed class ExecutionState(int number, string activityId, int? parent, DateTimeOffset scheduledAt)
{
    static readonly IReadOnlyDictionary<string, JsonElement> Nothing = new Dictionary<string, JsonElement>();

    /// <summary>Number in its run, from 1.</summary>
    public int Number => number;

    public string ActivityId => activityId;

    /// <summary>Position among the executions of this activity in the run, from 1.</summary>
    public int Ordinal { get; init; } = 1;

    /// <summary>The earlier execution that is reused instead of executing; null if it executes.</summary>
    public ReusedExecution? Reused { get; init; }

    /// <summary>For a container: whether an activity in it executed, so that its successors execute too.</summary>
    public bool HoldsExecuted { get; set; }

    /// <summary>Number of the container's execution; null for the root.</summary>
    public int? Parent => parent;

    public ActivityStatus Status { get; set; } = ActivityStatus.Queued;

    public DateTimeOffset ScheduledAt => scheduledAt;

    public DateTimeOffset? StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    public IReadOnlyDictionary<string, JsonElement> Inputs { get; set; } = Nothing;

    /// <summary>Input → names of the secrets that the definition has there; null for none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Secrets { get; set; }

    public IReadOnlyDictionary<string, JsonElement> Outputs { get; set; } = Nothing;

    public IReadOnlyList<string>? Outcomes { get; set; }

    public IReadOnlyDictionary<string, decimal>? Metrics { get; set; }

    /// <summary>Error of the execution, or of its last attempt.</summary>
    public RunError? Error { get; set; }

    /// <summary>Numbers of the attempts begun so far; they count on from earlier executions of the activity.</summary>
    public List<int> Attempts { get; } = [];

    /// <summary>Whether the last attempt has no end in the journal.</summary>
    public bool IsAttemptOpen { get; set; }

    /// <summary>Whether the last attempt has not begun its work, since it waits for a slot of its pool.</summary>
    public bool AwaitsSlot { get; set; }

    /// <summary>When the next attempt may begin; null if none is waited for.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    /// <summary>Failed attempts by kind, in the order of <see cref="AttemptFailure"/>: each kind has a budget of its own.</summary>
    public int[] Failures { get; } = new int[Enum.GetValues<AttemptFailure>().Length];

    public JsonElement? Checkpoint { get; set; }

    /// <summary>The event from outside that the execution waits for; null if it waits for none.</summary>
    public ActivitySuspended? Suspension { get; set; }

    /// <summary>The end of the wait, as it was recorded; null while the execution waits.</summary>
    public ActivityResumed? Resumption { get; set; }

    /// <summary>
    /// Values that only this execution and those in it see: id of a variable that it declares, or name of a value from its container →
    /// value. Null if there are none.
    /// </summary>
    public Dictionary<string, JsonElement>? Locals { get; set; }

    /// <summary>Whether its container ended it while its attempt was open.</summary>
    public bool IsCancelRequested { get; set; }

    /// <summary>Whether it ends with the event that cancels it: nothing of it executes that would have to end first.</summary>
    public bool EndsAtOnce => !IsAttemptOpen && this is not { Reused: { HasWaited: false }, Status: ActivityStatus.Running, IsOpened: false };

    /// <summary>For a container that asked for something: whether the answer has come, with its outcomes and outputs.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>For a container: whether it has queued its first children.</summary>
    public bool IsOpened { get; set; }

    /// <summary>For a loop: whether its condition was evaluated and has not been used yet.</summary>
    public bool IsEvaluated { get; set; }

    /// <summary>For a container: whether it ended because the loop around it ends.</summary>
    public bool IsBreaking { get; set; }

    /// <summary>For a container: number of children that it has queued.</summary>
    public int Children { get; set; }

    /// <summary>For a container: number of children that have not ended.</summary>
    public int OpenChildren { get; set; }

    /// <summary>For a container: number of children that failed.</summary>
    public int FailedChildren { get; set; }

    /// <summary>For a flowchart: the tokens on its connections.</summary>
    public TokenBag Tokens => field ??= new();

    /// <summary>For a container: the outcomes it is about to complete with.</summary>
    public IReadOnlyList<string>? Completing { get; set; }
}
