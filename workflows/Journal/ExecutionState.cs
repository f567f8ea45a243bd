using System.Text.Json;

namespace Orchestrator.Workflows.Journal;

/// <summary>One execution of one activity, as far as the journal tells.</summary>
sealed class ExecutionState(int number, string activityId, int? parent, DateTimeOffset scheduledAt)
{
    static readonly IReadOnlyDictionary<string, JsonElement> Nothing = new Dictionary<string, JsonElement>();

    /// <summary>Number in its run, from 1.</summary>
    public int Number => number;

    public string ActivityId => activityId;

    /// <summary>Which execution of its activity in this run, from 1.</summary>
    public int Ordinal { get; init; } = 1;

    /// <summary>What takes the place of its execution; null where it executes.</summary>
    public ReusedExecution? Reused { get; init; }

    /// <summary>Of a container: whether something in it executed, so that what follows it executes too.</summary>
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

    /// <summary>Why it, or its last attempt, failed.</summary>
    public RunError? Error { get; set; }

    /// <summary>Numbers of the attempts begun so far; they count on from earlier executions of the activity.</summary>
    public List<int> Attempts { get; } = [];

    /// <summary>Whether the last attempt has no end in the journal.</summary>
    public bool IsAttemptOpen { get; set; }

    /// <summary>Whether the last attempt has not begun its work, since it waits for a slot of its pool.</summary>
    public bool AwaitsSlot { get; set; }

    /// <summary>When the next attempt may begin; null where none is waited for.</summary>
    public DateTimeOffset? RetryAt { get; set; }

    /// <summary>Failed attempts by kind, in the order of <see cref="AttemptFailure"/>: each kind has a budget of its own.</summary>
    public int[] Failures { get; } = new int[Enum.GetValues<AttemptFailure>().Length];

    public JsonElement? Checkpoint { get; set; }

    /// <summary>What it waits for; null where it waits for nothing outside.</summary>
    public ActivitySuspended? Suspension { get; set; }

    /// <summary>What came; null where nothing has yet.</summary>
    public ActivityResumed? Resumption { get; set; }

    /// <summary>
    /// What only it and all in it see: id of a variable that it declares, or name of what its container gave it → value. Null for nothing.
    /// </summary>
    public Dictionary<string, JsonElement>? Locals { get; set; }

    /// <summary>Whether its container ended it while its attempt was open.</summary>
    public bool IsCancelRequested { get; set; }

    /// <summary>Whether it ends with the very event that cancels it: nothing of it executes that would have to end first.</summary>
    public bool EndsAtOnce => !IsAttemptOpen && this is not { Reused: { HasWaited: false }, Status: ActivityStatus.Running, IsOpened: false };

    /// <summary>Of a container that asks for something: whether the answer is there, with its outcomes and outputs.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Of a container: whether it has put its first children into the queue.</summary>
    public bool IsOpened { get; set; }

    /// <summary>Of a loop: whether its condition was evaluated and has not decided anything yet.</summary>
    public bool IsEvaluated { get; set; }

    /// <summary>Of a container: whether it ended because the loop around it is to end.</summary>
    public bool IsBreaking { get; set; }

    /// <summary>Of a container: how many children it has put into the queue.</summary>
    public int Children { get; set; }

    /// <summary>Of a container: children that have not ended.</summary>
    public int OpenChildren { get; set; }

    /// <summary>Of a container: children that failed.</summary>
    public int FailedChildren { get; set; }

    /// <summary>Of a flowchart: what travels on its connections.</summary>
    public TokenBag Tokens => field ??= new();

    /// <summary>Of a container: the outcomes it is about to complete with.</summary>
    public IReadOnlyList<string>? Completing { get; set; }
}
