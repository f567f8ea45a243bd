using System.Globalization;
using System.Text.Json;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Tests.Unit.Reruns;

/// <summary>How the activities of a simulated run behave: a pure function of the activity and its input.</summary>
/// <param name="Seed">Another one gives other results.</param>
/// <param name="FailuresInTen">Of ten activities so many fail.</param>
/// <param name="IsShuffled">Whether attempts end in a random order; else the oldest first.</param>
sealed record Behaviour(int Seed, int FailuresInTen = 0, bool IsShuffled = false)
{
    /// <summary>Executions that fail, such as <c>JobA</c> for the first one and <c>JobA#3</c> for the third.</summary>
    public HashSet<string> Failing { get; init; } = [];

    /// <summary>Executions that choose <c>Left</c>; all others choose <c>Right</c>. Null for a random choice.</summary>
    public HashSet<string>? Left { get; init; }

    /// <summary>What activities write: id → materialization.</summary>
    public Dictionary<string, Guid> Writing { get; init; } = [];

    /// <summary>The order in which attempts end, where several could; by id.</summary>
    public IReadOnlyList<string> Order { get; init; } = [];
}

/// <summary>A run, and the runs that repeat it, without a store and without time.</summary>
sealed class RerunScene
{
    const int MostEvents = 600;

    readonly SimulatedRun run;

    RerunScene(string json, Guid id, SimulatedRun run, RerunScene? source, PreparedRerun? prepared) =>
        (Json, Id, this.run, Source, Prepared, Definition) = (json, id, run, source, prepared, SimulatedRun.Parse(json));

    public string Json { get; }
    public Guid Id { get; }
    public RerunScene? Source { get; }
    public PreparedRerun? Prepared { get; }
    public WorkflowDefinition Definition { get; }
    public RunState State => run.State;
    public IReadOnlyList<JournalEntry> Journal => run.Journal;

    /// <summary>Whether it ended, or waits for a dead branch and says so; one that loops for ever has not.</summary>
    public bool IsAtRest => State.Status.IsFinal || State is { Status: RunStatus.Suspended, Waiting.Count: 0 };

    /// <summary>Ids of what really executed, containers that only hold others left out.</summary>
    public HashSet<string> Executed => [.. Journal.Select(entry => entry.Event).OfType<ActivityStarted>().Select(started => State[started.Number].ActivityId)
        .Where(id => !ActivityReach.IsPlainContainer(Definition.Activities[id]))];

    /// <summary>Ids of what was reused.</summary>
    public HashSet<string> Reused => [.. Journal.Select(entry => entry.Event).OfType<ActivityReused>().Select(reused => State[reused.Number].ActivityId)];

    /// <summary>What a person would call the result: the end, every execution with its status and outcomes, and the variables.</summary>
    public string Outcome => string.Join('\n',
        State.Executions.Select(execution => $"{execution.ActivityId} {execution.Status} {string.Join(',', execution.Outcomes ?? [])}").Order(StringComparer.Ordinal)
            .Concat(State.Variables.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => $"{variable.Key}={variable.Value}"))
            .Prepend($"{State.Status} {State.Error?.ActivityId}"));

    public static RerunScene Start(string json, Behaviour behaviour, params (string Name, string Value)[] inputs) =>
        Play(json, Guid.CreateVersion7(), source: null, prepared: null, inputs.ToDictionary(input => input.Name, input => JsonSerializer.SerializeToElement(input.Value)), behaviour);

    public PreparedRerun Prepare(RerunRequest request, RerunFacts? facts = null, string? latest = null)
    {
        var versions = new Dictionary<Guid, int>();
        for (var scene = this; scene is not null; scene = scene.Source) versions[scene.Id] = scene.Definition.Version;
        var planner = new RerunPlanner(
            new(Id, Journal), Definition, latest is null ? Definition : SimulatedRun.Parse(latest), request with { RunId = Id }, (facts ?? new()) with { Versions = versions });
        return planner.Prepare();
    }

    public RerunPlan Plan(RerunKind kind, string? activity = null, RerunFacts? facts = null) => Prepare(new(Id, kind) { Activity = activity }, facts).Plan;

    public RerunScene Rerun(RerunKind kind, Behaviour behaviour, string? activity = null) => Rerun(Prepare(new(Id, kind) { Activity = activity }), behaviour);

    public RerunScene Rerun(PreparedRerun prepared, Behaviour behaviour, string? latest = null) =>
        Play(latest ?? Json, Guid.CreateVersion7(), this, prepared, new(prepared.Inputs), behaviour);

    /// <summary>The same run, gone on with after its journal was cut behind an event.</summary>
    public RerunScene CutAt(int events, Behaviour behaviour) => new(Json, Id, Play(
        new(Json, Journal.Take(events).Select(entry => entry with { Event = RunEventJson.Read(RunEventJson.NameOf(entry.Event), RunEventJson.Write(entry.Event)) })), behaviour), Source, Prepared);

    static RerunScene Play(string json, Guid id, RerunScene? source, PreparedRerun? prepared, Dictionary<string, JsonElement> inputs, Behaviour behaviour)
    {
        // Through JSON, as the journal keeps it.
        var reuse = prepared?.Reuse is { } kept
            ? ((RunCreated)RunEventJson.Read("run.created", RunEventJson.Write(new RunCreated("test", "", 1, null, inputs, inputs, kept)))).Reuse : null;
        var simulated = new SimulatedRun(json, reuse: reuse, given: inputs);
        return new(json, id, Play(simulated, behaviour), source, prepared);
    }

    static SimulatedRun Play(SimulatedRun simulated, Behaviour behaviour)
    {
        var random = new Random(behaviour.Seed);
        simulated.Advance(MostEvents);
        while (simulated.Journal.Count < MostEvents && simulated.Decide() is Decision.Wait && Outside(simulated.State, behaviour, random) is { } happened)
        {
            // A run that was let go is taken by a worker first.
            if (happened is ActivityResumed && simulated.State.Status is RunStatus.Suspended) simulated.Record(new RunRecovered("worker"));
            simulated.Record(Written(happened, simulated)).Advance(MostEvents);
        }
        return simulated;
    }

    /// <summary>The world outside: one of the attempts ends as the activity behaves.</summary>
    static RunEvent? Outside(RunState state, Behaviour behaviour, Random random)
    {
        var open = state.Live.Select(number => state[number]).Where(execution => execution.IsAttemptOpen).ToList();
        if (open.Count == 0) return Resumed(state, behaviour);
        var execution = open.OrderBy(execution => behaviour.Order.TakeWhile(id => id != execution.ActivityId).Count()).ElementAt(behaviour.IsShuffled ? random.Next(open.Count) : 0);
        var name = execution.Ordinal == 1 ? execution.ActivityId : $"{execution.ActivityId}#{execution.Ordinal.ToString(CultureInfo.InvariantCulture)}";
        if (state.IsStopping || execution.IsCancelRequested) return new ActivityCanceled(execution.Number);
        var input = execution.Inputs.TryGetValue("Text", out var text) ? text.ToString() : "";
        var hash = RandomChart.Hash($"{execution.ActivityId} {input} {behaviour.Seed.ToString(CultureInfo.InvariantCulture)}", execution.Ordinal);
        if (hash % 10 < behaviour.FailuresInTen || behaviour.Failing.Contains(name))
            return new AttemptFailed(execution.Number, execution.Attempts[^1], AttemptFailure.Failed, new("test.failed", "It failed.", execution.ActivityId), RetryAfter: null);
        // A loop ends after some rounds.
        var outcome = behaviour.Left?.Contains(name) ?? (hash / 10 % 3 == 0 && execution.Ordinal < 3) ? "Left" : "Right";
        return new ActivityCompleted(execution.Number, execution.ActivityId.StartsWith("Choice", StringComparison.Ordinal) ? [outcome] : null,
            new Dictionary<string, JsonElement>
            {
                ["Result"] = JsonSerializer.SerializeToElement($"{execution.ActivityId}:{hash % 1_000:d3}{(hash % 2 == 0 ? "" : "x")}"),
                ["Files"] = JsonSerializer.SerializeToElement("/work/files"),
            }, Materializations: behaviour.Writing.TryGetValue(execution.ActivityId, out var written) ? [written] : null);
    }

    /// <summary>What the oldest activity that waits waited for comes.</summary>
    static ActivityResumed? Resumed(RunState state, Behaviour behaviour)
    {
        if (state.Waiting.Count == 0 || state.IsStopping) return null;
        var execution = state[state.Waiting.Min()];
        return new ActivityResumed(execution.Number, Outputs: execution.Suspension!.EventName is null ? null : new Dictionary<string, JsonElement>
        {
            ["Result"] = JsonSerializer.SerializeToElement($"event{RandomChart.Hash($"{execution.ActivityId} {behaviour.Seed.ToString(CultureInfo.InvariantCulture)}", execution.Ordinal) % 100:d2}"),
        });
    }

    static RunEvent Written(RunEvent happened, SimulatedRun run) => happened is ActivityCompleted { Outputs: { } outputs } completed
        ? completed with { Variables = VariablesInScope.Written(run.Definition, run.Definition.Activities[run.State[completed.Number].ActivityId], outputs) }
        : happened;
}
