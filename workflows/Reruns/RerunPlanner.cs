using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Reruns;

/// <summary>A plan, and what a run needs to carry it out.</summary>
/// <param name="Plan">The plan for people.</param>
/// <param name="Inputs">Inputs of the run.</param>
/// <param name="Reuse">For the engine; null if everything executes.</param>
sealed record PreparedRerun(RerunPlan Plan, IReadOnlyDictionary<string, JsonElement> Inputs, Reuse? Reuse);

/// <summary>Plans reruns: a pure function of definition, history, request and facts.</summary>
/// <param name="source">The run that is repeated.</param>
/// <param name="before">The definition that it executed.</param>
/// <param name="definition">The definition that the rerun executes: the same one, or a newer one.</param>
sealed class RerunPlanner(SourceRun source, WorkflowDefinition before, WorkflowDefinition definition, RerunRequest request, RerunFacts facts)
{
    /// <exception cref="RerunRefusedException">The run cannot be repeated in this way.</exception>
    public PreparedRerun Prepare()
    {
        if (!source.State.Status.IsFinal && source.State.Status is not RunStatus.Suspended)
            throw new RerunRefusedException("rerun.still_active", $"Run {source.Id} is still {source.State.Status}. Wait for its end, or cancel it first.");
        var chosen = request.Kind is RerunKind.From or RerunKind.Only ? FindActivity() : null;
        var inputs = NewInputs();
        var changed = inputs.Where(input => !JsonElement.DeepEquals(Known(input.Value), Known(source.Inputs.GetValueOrDefault(input.Key))))
            .Select(input => new ChangedInput(input.Key, source.Inputs.GetValueOrDefault(input.Key), input.Value)).ToList();
        var scope = new RerunScope(source, definition, facts, Anew(chosen, changed), request.Kind is RerunKind.Only);
        Check(scope, chosen);
        var plan = new PlanWriter(source, definition, facts, scope).Write(request.Kind);
        var planned = new RerunPlan(
            source.Id, request.Kind, chosen?.Id, definition.DefinitionId, facts.Partition?.ToString(), before.Version, definition.Version,
            DefinitionChanges.Between(before, definition).Count > 0, changed, plan)
        {
            ExpectedDuration = plan.Any(activity => activity.ExpectedDuration is not null)
                ? TimeSpan.FromTicks(plan.Sum(activity => activity.ExpectedDuration?.Ticks ?? 0)) : null,
        };
        return new(planned, inputs, request.Kind is RerunKind.Whole ? null : ReuseOf(scope));
    }

    Dictionary<string, string> Anew(ActivityNode? chosen, List<ChangedInput> changed)
    {
        var anew = new Dictionary<string, string>(StringComparer.Ordinal);
        if (request.Kind is RerunKind.Whole) anew[definition.Root.Id] = "the whole run is repeated";
        if (chosen is not null) anew[chosen.Id] = "chosen";
        if (request.Kind is RerunKind.Whole or RerunKind.Only) return anew;
        foreach (var (id, why) in DefinitionChanges.Between(before, definition)) anew.TryAdd(id, why);
        foreach (var node in definition.Activities.Values)
            if (changed.Find(input => Reads.Input(node, input.Name)) is { } input)
                anew.TryAdd(node.Id, $"input '{input.Name}' changed from {Text(input.Before)} to {Text(input.After)}");
        return anew;
    }

    void Check(RerunScope scope, ActivityNode? chosen)
    {
        if (request.Kind is RerunKind.Retry && !scope.Executing.Keys.Any(id => !ActivityReach.IsPlainContainer(definition.Activities[id])))
            throw new RerunRefusedException("rerun.nothing_to_retry",
                $"Run {source.Id} {(source.State.Status is RunStatus.Suspended ? "is suspended, and nothing in it failed" : "succeeded")}: there is nothing to retry. Rerun it whole, or from an activity.");
        if (chosen is null) return;
        // A part that was not reached may be reached when its predecessor executes again.
        var others = scope.Reach.Downstream(scope.Reasons.Keys.Where(id => id != chosen.Id));
        if (!source.Of[chosen.Id].Any() && (request.Kind is RerunKind.Only || !others.ContainsKey(chosen.Id)))
            throw new RerunRefusedException("rerun.not_reached",
                $"'{chosen.Id}' was not reached in run {source.Id}, so there is nothing to start it from. Rerun from an activity before it, or retry the run.");
        if (request.Kind is RerunKind.Only && definition.Activities.Values.FirstOrDefault(node => !scope.Executing.ContainsKey(node.Id) && scope.NeedsFilesOf(node) is not null) is { } writer)
            throw new RerunRefusedException("rerun.files_gone",
                $"'{chosen.Id}' needs the files of '{writer.Id}', which are no longer there, so it cannot execute alone. Rerun from '{chosen.Id}': then '{writer.Id}' executes too.");
    }

    ActivityNode FindActivity()
    {
        var wanted = request.Activity ?? "";
        var nodes = definition.Activities.Values.ToList();
        return nodes.Find(node => node.Id == wanted)
            ?? Single(nodes, node => string.Equals(node.Id, wanted, StringComparison.OrdinalIgnoreCase))
            ?? Single(nodes, node => string.Equals(node.Name, wanted, StringComparison.OrdinalIgnoreCase))
            ?? Single(nodes, node => string.Equals(node.Type[(node.Type.LastIndexOf('.') + 1)..], wanted, StringComparison.OrdinalIgnoreCase))
            ?? throw new RerunRefusedException("rerun.unknown_activity",
                $"There is no activity '{wanted}' in {definition.DefinitionId}.{Suggestion.For(wanted, nodes.Where(node => !ActivityReach.IsPlainContainer(node)).Select(node => node.Id), "It has")}");
    }

    static ActivityNode? Single(List<ActivityNode> nodes, Predicate<ActivityNode> isWanted) => nodes.FindAll(isWanted) is [var one] ? one : null;

    IReadOnlyDictionary<string, JsonElement> NewInputs()
    {
        if (request.Inputs.Keys.FirstOrDefault(name => definition.FindInput(name) is null) is { } unknown)
        {
            throw new RerunRefusedException("rerun.unknown_input",
                $"{definition.DefinitionId} has no input '{unknown}'.{Suggestion.For(unknown, definition.Inputs.Select(input => input.Name), "Its inputs are")}");
        }
        try
        {
            return definition.CompleteInputs(request.Inputs, source.Inputs);
        }
        catch (InvalidInputsException invalid)
        {
            throw new RerunRefusedException("rerun.bad_input", invalid.Message);
        }
    }

    Reuse ReuseOf(RerunScope scope)
    {
        var all = source.Of.SelectMany(executions => executions).Where(execution => definition.Activities.ContainsKey(execution.State.ActivityId)).ToList();
        var reused = all.Where(execution => scope.IsReusable(execution) && IsTaken(execution)).OrderBy(execution => execution.Order).ToList();
        var redone = source.Ends.Except(reused).Where(execution =>
            definition.Activities.TryGetValue(execution.State.ActivityId, out var node) && !node.IsContainer);
        var never = definition.Activities.Values.Where(node => !ActivityReach.IsPlainContainer(node) && !scope.Executing.ContainsKey(node.Id)).Select(node => node.Id);
        return new(
            [.. reused.Select(execution => execution.ToReused())], [.. redone.Select(execution => new RedoneExecution(execution.State.ActivityId, execution.State.Ordinal, execution.Order))],
            [.. never], request.Kind is RerunKind.Only);

        bool IsTaken(SourceExecution execution) => execution.Order > 0 || definition.Activities[execution.State.ActivityId].IsContainer;
    }

    static JsonElement Known(JsonElement value) => value.ValueKind is JsonValueKind.Undefined ? ValueConversion.ToJson(null) : value;

    static string Text(JsonElement value) => value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? "nothing" : JsonCursor.Shorten(value.ToString());
}
