using System.Text.Json;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Workflows.Runs;

/// <summary>An event for those who wait for it.</summary>
/// <param name="Name">Its name; case matters.</param>
/// <param name="Payload">What it brings; <see langword="null"/> for nothing.</param>
/// <param name="CorrelationId">Only for runs with this one; <see langword="null"/> for all.</param>
/// <param name="RunId">Only for this run; it starts none then. <see langword="null"/> for all.</param>
/// <param name="ByActivity">Id of the activity that publishes it; <see langword="null"/> if no run does.</param>
public sealed record PublishedEvent(string Name, JsonElement? Payload = null, string? CorrelationId = null, Guid? RunId = null,
    string? ByActivity = null);

/// <summary>Who heard of an event.</summary>
/// <param name="Resumed">Runs that waited for it, one for each activity that did.</param>
/// <param name="Started">Runs that it started.</param>
public sealed record EventReach(IReadOnlyList<Guid> Resumed, IReadOnlyList<Guid> Started);

/// <summary>Tells events to the runs that wait for them, and starts the workflows that begin with them.</summary>
public sealed class EventPublisher
{
    readonly RunWaits waits;
    readonly RunStore runs;
    readonly ListDefinitions definitions;
    readonly RunOptions options;
    readonly TimeProvider clock;

    internal EventPublisher(RunWaits waits, RunStore runs, ListDefinitions definitions, IOptions<RunOptions> options, TimeProvider clock) =>
        (this.waits, this.runs, this.definitions, this.options, this.clock) = (waits, runs, definitions, options.Value, clock);

    /// <summary>Publishes an event. Whoever waits is told in one commit; workflows are started after it, each in one of its own.</summary>
    /// <param name="startedBy">Who publishes it, as the runs that it starts show it.</param>
    /// <param name="idOf">Id of the run of a workflow that it starts: publishing again with the same one starts no second run. <see langword="null"/> for a new one.</param>
    public async Task<EventReach> PublishAsync(PublishedEvent published, string startedBy, Func<string, Guid>? idOf, CancellationToken cancellationToken)
    {
        var starts = new List<StartRun>();
        foreach (var definition in published.RunId is null ? await definitions(cancellationToken) : [])
        {
            if (TriggerOf(definition, published.Name) is not { } trigger) continue;
            starts.Add(new(idOf?.Invoke(definition.DefinitionId) ?? Guid.CreateVersion7(clock.GetUtcNow()), definition, Partition: null,
                new Dictionary<string, JsonElement>())
            {
                Trigger = new(trigger.Id, published.Payload), CorrelationId = published.CorrelationId, StartedBy = startedBy,
            });
        }
        if (published.ByActivity is { } activity) await CheckAsync(starts, activity, cancellationToken);
        var resumed = await waits.TellAsync(published.Name, published.CorrelationId, published.RunId, published.Payload, cancellationToken);
        foreach (var start in starts) await runs.CreateAsync(start, cancellationToken);
        return new(resumed, starts.ConvertAll(start => start.Id));
    }

    /// <summary>Looks before anything is told whether a run may start these.</summary>
    async Task CheckAsync(List<StartRun> starts, string activity, CancellationToken cancellationToken)
    {
        foreach (var start in starts)
        {
            if (await runs.MayStartAsync(start.Id, start.Definition.DefinitionId, options.StartsPerMinute, cancellationToken)) continue;
            var error = FailureRules.TooManyStarts(start.Definition.DefinitionId, activity, options);
            throw new ActivityFailedException(error.Code, error.Message, isRetryable: false);
        }
    }

    /// <summary>The activity with which a run begins that an event starts; only a name that is written there counts, no script.</summary>
    static ActivityNode? TriggerOf(WorkflowDefinition definition, string name) => definition.Activities.Values.FirstOrDefault(node =>
        node is { Type: ControlActivities.Event, CanStartWorkflow: true } && node.Inputs.TryGetValue("EventName", out var given)
        && given.Expression is { Type: ExpressionTypes.Literal, Value: { ValueKind: JsonValueKind.String } text } && text.GetString() == name);
}
