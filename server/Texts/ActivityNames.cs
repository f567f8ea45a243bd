using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Server.Texts;

/// <summary>What people call the activities of a workflow.</summary>
public static class ActivityNames
{
    extension(WorkflowDefinition workflow)
    {
        /// <summary>The name a person gave it, else that of its type; the id of one that the definition does not have.</summary>
        public string NameOf(string activityId) =>
            workflow.Activities.TryGetValue(activityId, out var node) ? node.Name ?? node.Descriptor?.DisplayName ?? activityId : activityId;

        /// <summary>The activities that do work, in the order of work: containers only hold them.</summary>
        public IEnumerable<ActivityNode> Steps => workflow.InOrderOfWork.Where(node => node.Children.Count == 0);
    }
}
