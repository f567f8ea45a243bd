using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Workflows.Reruns;

/// <summary>
/// The activities that execute again. Some start afresh, and neither their results nor those downstream are reused; others have executions
/// that did not succeed, and what is downstream of them continues from where it stopped.
/// </summary>
sealed class RerunScope
{
    readonly SourceRun source;
    readonly WorkflowDefinition definition;
    readonly RerunFacts facts;
    readonly ActivityReach reach;
    readonly bool isOnly;
    readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);
    readonly Dictionary<int, bool> retraced = [];

    /// <param name="anew">Activities that start again → why, in words.</param>
    /// <param name="isOnly">Whether these activities execute and no others.</param>
    public RerunScope(SourceRun source, WorkflowDefinition definition, RerunFacts facts, IReadOnlyDictionary<string, string> anew, bool isOnly)
    {
        (this.source, this.definition, this.facts, this.isOnly, reach) = (source, definition, facts, isOnly, new(definition));
        foreach (var (id, why) in anew) reasons[id] = why;
        if (isOnly)
        {
            foreach (var id in anew.Keys)
                foreach (var node in ActivityReach.Below(definition.Activities[id]).Prepend(definition.Activities[id])) Executing[node.Id] = id;
            Anew = [.. Executing.Keys];
        }
        else Grow();
        Certain = [.. reasons.Keys.Where(IsCertain)];
    }

    /// <summary>Activities without reused executions.</summary>
    public HashSet<string> Anew { get; private set; } = [];

    /// <summary>All activities that will, or may, execute → the activity that they are downstream of.</summary>
    public Dictionary<string, string> Executing { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>Activities that execute for a reason of their own → the reason.</summary>
    public IReadOnlyDictionary<string, string> Reasons => reasons;

    /// <summary>Executing activities that no decision which is made again could leave out.</summary>
    public HashSet<string> Certain { get; }

    public ActivityReach Reach => reach;

    /// <summary>Whether an execution of the source counts again.</summary>
    public bool IsReusable(SourceExecution execution)
    {
        var id = execution.State.ActivityId;
        return !Anew.Contains(id) && definition.Activities.TryGetValue(id, out var node) && IsWhole(execution, node);
    }

    /// <summary>Returns the activity that needs files of another one which no longer exist; null if there is none.</summary>
    public string? NeedsFilesOf(ActivityNode writer)
    {
        if (writer.Descriptor is not { } descriptor) return null;
        foreach (var output in descriptor.Outputs.Where(output => !output.IsSerializable))
        {
            var variables = VariablesWith(writer, output.Name);
            var needing = Executing.Keys.Select(id => definition.Activities[id]).FirstOrDefault(node => node != writer && !ActivityReach.IsPlainContainer(node)
                && (variables.Exists(variable => Reads.Variable(node, variable)) || Reads.Output(node, writer, output.Name)));
            if (needing is not null) return needing.Id;
        }
        return null;
    }

    /// <summary>Returns the reason if readers no longer see what an activity wrote; null if they see it.</summary>
    public string? WhyStale(ActivityNode node)
    {
        foreach (var execution in source.Of[node.Id].Where(IsReusable))
        {
            foreach (var id in execution.Materializations)
            {
                if (!facts.Written.TryGetValue(id, out var written)) return "what it wrote is no longer there";
                // Other assets belong to all months: their writers keep the existing data.
                if (written.ReplacedBy is { } run && run != execution.FromRun && written.Partition == facts.Partition)
                    return $"what it wrote ({written.Asset}{(written.Partition is { } month ? $" {month}" : "")}) was replaced by run {run}";
            }
        }
        return null;
    }

    void Grow()
    {
        var outdated = new OutdatedReads(source, definition);
        while (true)
        {
            Anew = [.. reach.Downstream(reasons.Keys).Keys];
            retraced.Clear();
            var broken = definition.Activities.Values.Select(node => (node.Id, Why: WhyBroken(node))).Where(found => found.Why is not null).ToList();
            Executing = reach.Downstream(reasons.Keys.Concat(broken.Select(found => found.Id)));
            var forced = definition.Activities.Values.Select(node => (node.Id, Why: WhyForced(node)!)).Where(found => found.Why is not null).ToList();
            if (forced.Count == 0) forced = [.. outdated.Find(IsReusable)];
            foreach (var (id, why) in forced) reasons[id] = why;
            if (forced.Count > 0) continue;
            foreach (var (id, why) in broken) reasons[id] = why!;
            return;
        }
    }

    /// <summary>Returns the reason if an activity that could be reused must execute after all; null if there is none.</summary>
    string? WhyForced(ActivityNode node)
    {
        if (Anew.Contains(node.Id) || !source.Of[node.Id].Any(IsReusable)) return null;
        if (NeedsFilesOf(node) is { } needing) return $"its files are no longer there, and '{needing}' needs them";
        return WhyStale(node) is { } stale && reach.Downstream(ActivityReach.After(node).Select(next => next.Id)).Keys.Any(Executes) ? stale : null;
    }

    bool Executes(string id) => Executing.ContainsKey(id) && !ActivityReach.IsPlainContainer(definition.Activities[id]);

    /// <summary>Returns the reason if not all executions of an activity can be reused; null if they can.</summary>
    string? WhyBroken(ActivityNode node)
    {
        if (Anew.Contains(node.Id) || source.Of[node.Id].FirstOrDefault(execution => !IsWhole(execution, node)) is not { } broken) return null;
        var state = broken.State;
        return state switch
        {
            { Status: ActivityStatus.Failed, Error: { } error } => $"failed with {error.Code}",
            { StartedAt: null } => "was not started",
            _ => "was cancelled",
        };
    }

    bool IsWhole(SourceExecution execution, ActivityNode node)
    {
        var state = execution.State;
        var isCancelledAgain = execution.EndedBy is { } by && IsRetraced(source[by]);
        // For a container only its opening counts: its contents are checked by themselves.
        if (node.IsContainer && !node.HasAttempts)
        {
            return state.StartedAt is not null && state.Status is not ActivityStatus.Failed
                && (execution.EndedBy is null || isCancelledAgain);
        }
        return execution.IsSucceeded || (state.Status is ActivityStatus.Cancelled && isCancelledAgain);
    }

    /// <summary>Whether an execution of the source will end as it did there: for a container, whether everything in it will.</summary>
    bool IsRetraced(SourceExecution canceller)
    {
        if (!canceller.IsSucceeded || isOnly) return canceller.IsSucceeded;
        if (retraced.TryGetValue(canceller.State.Number, out var known)) return known;
        return retraced[canceller.State.Number] = !Anew.Contains(canceller.State.ActivityId) && source.Below(canceller.State.Number).All(inner =>
            !Anew.Contains(inner.State.ActivityId) && definition.Activities.TryGetValue(inner.State.ActivityId, out var node) && IsWhole(inner, node));
    }

    bool IsCertain(string id) => !reach.Downstream(reasons.Keys.Where(other => other != id)).ContainsKey(id);

    /// <summary>Returns the variables that may hold an output: its target, and those that it may have been copied to.</summary>
    List<VariableDefinition> VariablesWith(ActivityNode writer, string output)
    {
        var all = definition.Variables.Concat(definition.Activities.Values.SelectMany(node => node.Variables)).ToList();
        var found = all.Where(variable => writer.OutputTargets.TryGetValue(output, out var id) && id == variable.Id).ToList();
        for (var index = 0; index < found.Count; index++)
        {
            var copied = found[index];
            foreach (var node in definition.Activities.Values.Where(node => Reads.Variable(node, copied)))
                found.AddRange(all.Where(variable => !found.Contains(variable) && Writes(node, variable)));
        }
        return found;
    }

    static bool Writes(ActivityNode node, VariableDefinition variable) => Reads.WritesByScript(node, variable)
        || (node.Inputs.TryGetValue("Variable", out var target) && Expressions.Reference.Read(target.Bare)?.MayMean(variable) is true);
}
