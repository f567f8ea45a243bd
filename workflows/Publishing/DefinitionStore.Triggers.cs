using Npgsql;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Workflows.Publishing;

/// <content>Activities that start runs at a time.</content>
public sealed partial class DefinitionStore
{
    /// <summary>
    /// Makes sure that every published workflow has the schedules of its triggers: one that an earlier version of the platform published
    /// has none.
    /// </summary>
    /// <exception cref="AggregateException">The schedules of some workflows could not be made; the others exist.</exception>
    public async Task ScheduleTriggersAsync(CancellationToken cancellationToken)
    {
        var failures = new List<Exception>();
        foreach (var workflow in await ListPublishedAsync(cancellationToken))
        {
            if (!TimeTrigger.Of(workflow).Any()) continue;
            try
            {
                await ScheduleTriggersOfAsync(workflow.DefinitionId, cancellationToken);
            }
#pragma warning disable CA1031 // A faulty workflow must not keep the others from running.
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                failures.Add(new InvalidOperationException($"The schedules of workflow '{workflow.DefinitionId}' could not be made: {error.Message}", error));
            }
        }
        if (failures.Count > 0) throw new AggregateException(failures);
    }

    Task<bool> ScheduleTriggersOfAsync(string definitionId, CancellationToken cancellationToken) => ChangeAsync(definitionId, async (connection, token) =>
    {
        // Versions that were published or retracted meanwhile count.
        if ((await ReadVersionsAsync(connection, definitionId, token)).Find(version => version.Definition.IsPublished) is not { } published) return false;
        await ScheduleTriggersAsync(connection, cache.Get(published.Definition.Checksum, published.Document), token);
        return true;
    }, cancellationToken);

    Task ScheduleTriggersAsync(NpgsqlConnection connection, WorkflowDefinition published, CancellationToken cancellationToken) =>
        TriggerSchedules.ReplaceAsync(connection, published, FindPublishedAsync, cancellationToken);
}
