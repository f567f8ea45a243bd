using Orchestrator.Spark.Connect.Protocol;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>Progress of an operation, from its answers.</summary>
/// <param name="operation">Its id.</param>
sealed class OperationProgress(string operation)
{
    readonly Dictionary<long, (long Tasks, long Done)> stages = [];

    /// <summary>Stages that Spark has begun.</summary>
    public int Stages => stages.Count;

    /// <summary>Tasks of these.</summary>
    public long Tasks => stages.Values.Sum(stage => stage.Tasks);

    /// <summary>Rows that a write has counted; <see langword="null"/> before its end.</summary>
    public long? Rows { get; private set; }

    /// <summary>The rows that the server keeps now; <see langword="null"/> if it was not asked to keep any.</summary>
    public CachedRemoteRelation? Kept { get; private set; }

    /// <summary>Takes what an answer tells.</summary>
    /// <returns>How far it is now; <see langword="null"/> if the answer says nothing of it.</returns>
    public SqlProgress? Take(ExecutePlanResponse answer)
    {
        foreach (var observed in answer.ObservedMetrics)
            if (observed.Name == SparkPlans.CountedBy(operation)
                && observed.Values is [{ LiteralTypeCase: Expression.Types.Literal.LiteralTypeOneofCase.Long } count, ..])
                Rows = count.Long;
        if (answer.ResponseTypeCase is ExecutePlanResponse.ResponseTypeOneofCase.CheckpointCommandResult)
            Kept = answer.CheckpointCommandResult.Relation;
        if (answer.ResponseTypeCase is not ExecutePlanResponse.ResponseTypeOneofCase.ExecutionProgress) return null;
        foreach (var stage in answer.ExecutionProgress.Stages) stages[stage.StageId] = (stage.NumTasks, stage.NumCompletedTasks);
        return new(stages.Count, Tasks, stages.Values.Sum(stage => stage.Done));
    }
}
