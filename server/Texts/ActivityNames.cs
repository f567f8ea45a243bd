using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Server.Texts;

/// <summary>Display names of a workflow's activities.</summary>
public static class ActivityNames
{
    extension(WorkflowDefinition workflow)
    {
        /// <summary>Returns an activity's name, else its type's; the id if the definition does not have it.</summary>
        public string NameOf(string activityId) =>
            workflow.Activities.TryGetValue(activityId, out var node) ? node.Name ?? node.Descriptor?.DisplayName ?? activityId : activityId;

        /// <summary>Activities that do work, in order; containers are left out.</summary>
        public IEnumerable<ActivityNode> Steps => workflow.InOrderOfWork.Where(node => node.Children.Count == 0);
    }
}
