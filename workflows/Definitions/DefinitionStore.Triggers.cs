using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Workflows.Definitions;

/// <content>Activities that start runs when it is time.</content>
public sealed partial class DefinitionStore
{
    /// <summary>Sees to it that every published workflow has the schedules of its triggers: one that an earlier version of the platform published has none.</summary>
    public async Task ScheduleTriggersAsync(CancellationToken cancellationToken)
    {
        foreach (var workflow in await ListPublishedAsync(cancellationToken))
        {
            if (!TimeTrigger.Of(workflow).Any()) continue;
            await ChangeAsync(workflow.DefinitionId, async (connection, token) =>
            {
                // What was published or retracted meanwhile counts.
                if ((await ReadVersionsAsync(connection, workflow.DefinitionId, token)).Find(version => version.Definition.IsPublished) is not { } published) return false;
                await TriggerSchedules.ReplaceAsync(connection, cache.Get(published.Definition.Checksum, published.Document), token);
                return true;
            }, cancellationToken);
        }
    }
}
