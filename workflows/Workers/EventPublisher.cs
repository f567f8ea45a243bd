using System.Text.Json;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Workers;

/// <summary>Delivers events to the runs that wait for them, and starts the workflows that begin with them.</summary>
public sealed class EventPublisher(
    RunWaits waits, RunStore runs, ListDefinitions definitions, FindDefinition find, PartitionRange months, IOptions<RunOptions> options,
    TimeProvider clock)
{
    /// <summary>
    /// Publishes an event. Waiting runs are resumed in one commit; workflows are started after it, each in a commit of its own.
    /// </summary>
    /// <param name="startedBy">Publisher of the event, as the runs that it starts show it.</param>
    /// <param name="idOf">Returns the id of the run of a workflow that it starts: publishing again with the same one starts no second run.
    /// <see langword="null"/> for a new one.</param>
    /// <exception cref="PartitionOutOfRangeException">No run may work on the month; the event is not published.</exception>
    public async Task<EventReach> PublishAsync(PublishedEvent published, string startedBy, Func<string, Guid>? idOf, CancellationToken cancellationToken)
    {
        months.Check(published.Partition ?? published.OtherwisePartition);
        var (starts, refused) = (new List<StartRun>(), new List<RefusedStart>());
        foreach (var definition in published.RunId is null ? await definitions(cancellationToken) : [])
        {
            if (TriggerOf(definition, published.Name) is not { } trigger) continue;
            try
            {
                var id = idOf?.Invoke(definition.DefinitionId) ?? Guid.CreateVersion7(clock.GetUtcNow());
                var month = await MonthOfAsync(published, definition, cancellationToken);
                starts.Add(new(id, definition, month, definition.CompleteInputs(new Dictionary<string, JsonElement>()))
                {
                    Trigger = new(trigger.Id, published.Payload), CorrelationId = published.CorrelationId, StartedBy = startedBy, WhenActive = WhenActive.Queue,
                });
            }
            catch (InvalidInputsException invalid)
            {
                // The others are started anyway.
                refused.Add(new(definition.DefinitionId, InvalidInputsException.Code, invalid.Message));
            }
        }
        if (published.ByActivity is { } activity) await CheckAsync(starts, activity, cancellationToken);
        var resumed = await waits.TellAsync(published.Name, published.CorrelationId, published.RunId, published.Payload, cancellationToken);
        foreach (var start in starts) await runs.CreateAsync(start, cancellationToken);
        return new(resumed, starts.ConvertAll(start => start.Id)) { Refused = refused };
    }

    /// <summary>Checks, before the event is published, that the run may start these runs.</summary>
    async Task CheckAsync(List<StartRun> starts, string activity, CancellationToken cancellationToken)
    {
        foreach (var start in starts)
        {
            var workflow = start.Definition.DefinitionId;
            if (await runs.MayStartAsync(start.Id, workflow, options.Value.StartsPerMinute, cancellationToken)) continue;
            var error = FailureRules.TooManyStarts(workflow, activity, options.Value);
            throw new ActivityFailedException(error.Code, error.Message, isRetryable: false);
        }
    }

    async Task<Partition?> MonthOfAsync(PublishedEvent published, WorkflowDefinition definition, CancellationToken cancellationToken) =>
        published.Partition is not null || published.IsWithoutPartition || !await PartitionNeed.TakesOneAsync(definition, find, cancellationToken)
            ? published.Partition
            : published.OtherwisePartition ?? Partition.LastEnded(clock);

    static ActivityNode? TriggerOf(WorkflowDefinition definition, string name) =>
        definition.Activities.Values.FirstOrDefault(node => Event.StartsWith(node, name));
}
