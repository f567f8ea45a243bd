using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// Finds activities that read a variable or an output as another activity wrote it in the source, although that activity is not reused: on
/// a parallel branch a reader is not downstream of its writer.
/// </summary>
sealed class OutdatedReads(SourceRun source, WorkflowDefinition definition)
{
    readonly Dictionary<(string Reader, string Writer, string Name), bool> reads = [];

    /// <summary>Finds the activities that read outdated values.</summary>
    /// <param name="isReusable">Whether an execution of the source counts again.</param>
    public IEnumerable<(string Id, string Why)> Find(Func<SourceExecution, bool> isReusable)
    {
        var writes = Writes(isReusable);
        if (writes.Count == 0) yield break;
        foreach (var node in definition.Activities.Values.Where(node => node.Expressions.Any()))
        {
            var last = source.Of[node.Id].Where(isReusable).Select(execution => ReadAt(execution, node)).DefaultIfEmpty().Max();
            if (writes.Find(write => write.At < last && write.Writer != node.Id && IsRead(node, write)) is { } outdated)
                yield return (node.Id, $"read {(outdated.IsVariable ? "variable" : "output")} '{outdated.Name}' of '{outdated.Writer}', which is not reused");
        }
    }

    /// <summary>Returns the values that executions wrote which do not count again, each once.</summary>
    List<Write> Writes(Func<SourceExecution, bool> isReusable)
    {
        var writes = new List<Write>();
        foreach (var execution in source.Of.SelectMany(executions => executions).Where(execution => !isReusable(execution)))
        {
            var writer = execution.State.ActivityId;
            writes.AddRange((execution.StartVariables ?? Nothing).Keys.Select(id => new Write(execution.Began, writer, id, IsVariable: true)));
            writes.AddRange((execution.Completed?.Variables ?? Nothing).Keys.Select(id => new Write(execution.Order, writer, id, IsVariable: true)));
            writes.AddRange((execution.Completed?.Outputs ?? Nothing).Keys.Select(name => new Write(execution.Order, writer, name, IsVariable: false)));
        }
        return [.. writes.OrderBy(write => write.At).DistinctBy(write => (write.Writer, write.Name, write.IsVariable))];
    }

    /// <summary>
    /// Returns the latest time at which an execution read. A reused one had its turn early, but ends in the order of the run that executed
    /// it.
    /// </summary>
    static long ReadAt(SourceExecution execution, ActivityNode node) =>
        execution.State.Reused is not null && !node.IsContainer ? execution.Order : execution.Began;

    bool IsRead(ActivityNode reader, Write write)
    {
        var key = (reader.Id, write.Writer, $"{write.IsVariable} {write.Name}");
        if (reads.TryGetValue(key, out var known)) return known;
        return reads[key] = write.IsVariable
            ? Reads.Variable(reader, VariablesInScope.Find(definition, reader, write.Name) ?? new(write.Name, write.Name, "Object", IsArray: false, Default: null))
            : definition.Activities.TryGetValue(write.Writer, out var writer) && Reads.Output(reader, writer, write.Name);
    }

    static readonly IReadOnlyDictionary<string, System.Text.Json.JsonElement> Nothing = new Dictionary<string, System.Text.Json.JsonElement>();

    /// <summary>A value that an execution gave.</summary>
    /// <param name="At">Place in the journal.</param>
    /// <param name="Name">Id of the variable, or name of the output.</param>
    sealed record Write(long At, string Writer, string Name, bool IsVariable);
}
