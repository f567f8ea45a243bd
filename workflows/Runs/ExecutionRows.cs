using System.Text.Json;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Runs;

/// <summary>Rows of activities as callers see them.</summary>
static class ExecutionRows
{
    extension(ExecutionRow row)
    {
        public ActivityExecution ToExecution() => new(
            row.RunId, row.Number, row.Parent, row.ActivityId, row.NodeId, row.Type, row.Name, Enum.Parse<ActivityStatus>(row.Status), row.Attempts,
            row.ScheduledAt, row.StartedAt, row.FinishedAt, row.Inputs ?? new Dictionary<string, JsonElement>(),
            row.Outputs ?? new Dictionary<string, JsonElement>(), row.Outcomes ?? [], row.Metrics ?? new Dictionary<string, decimal>(),
            row.ErrorCode is null ? null : new(row.ErrorCode, row.ErrorMessage ?? "", row.ActivityId))
        { ReusedFrom = row.ReusedFrom, ReusedNumber = row.ReusedNumber };
    }
}
