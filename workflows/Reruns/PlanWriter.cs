using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Workflows.Reruns;

/// <summary>Writes the verdict on every activity, with its reason.</summary>
sealed class PlanWriter(SourceRun source, WorkflowDefinition definition, RerunFacts facts, RerunScope scope)
{
    readonly List<(ActivityNode Node, HashSet<string> Behind)> decisions =
    [
        .. definition.Activities.Values.Where(node => scope.Executing.ContainsKey(node.Id) && ActivityReach.IsDecision(node))
            .Select(node => (node, scope.Reach.Behind(node).ToHashSet(StringComparer.Ordinal))),
    ];

    public IReadOnlyList<PlannedActivity> Write(RerunKind kind)
    {
        var leaves = definition.Activities.Values.Where(node => !ActivityReach.IsPlainContainer(node)).ToDictionary(node => node.Id, node => Leaf(node, kind), StringComparer.Ordinal);
        return [.. definition.InOrderOfWork.Select(node => leaves.TryGetValue(node.Id, out var leaf) ? leaf : Container(node, leaves))];
    }

    PlannedActivity Leaf(ActivityNode node, RerunKind kind)
    {
        var reused = source.Of[node.Id].Where(scope.IsReusable).ToList();
        var last = source.Of[node.Id].LastOrDefault(execution => execution.IsSucceeded) ?? source.Of[node.Id].LastOrDefault();
        var planned = Verdict(node, reused) with
        {
            ReusedFrom = reused.LastOrDefault()?.FromRun,
            ReusedAt = reused.LastOrDefault()?.At,
            ReusedExecutions = reused.Count,
            VersionBefore = last is null ? null : facts.Versions.TryGetValue(last.FromRun, out var version) ? version : null,
            CodeVersionBefore = CodeOf(last),
        };
        if (planned.Verdict is RerunVerdict.Reused or RerunVerdict.NotReached)
            return planned with { Note = scope.WhyStale(node) is { } stale ? StaleNote(stale, kind) : null };
        var past = facts.Past.GetValueOrDefault(node.Id);
        return planned with
        {
            Version = definition.Version,
            CodeVersion = node.Descriptor?.CodeVersion,
            ExpectedDuration = past?.Duration,
            Writes = [.. WrittenBefore(node).Concat(past?.Assets.Select(asset => new PlannedWrite(asset.Asset, asset.IsOfPartition ? facts.Partition?.ToString() : null)) ?? []).Distinct()],
        };
    }

    PlannedActivity Verdict(ActivityNode node, List<SourceExecution> reused)
    {
        if (!scope.Executing.TryGetValue(node.Id, out var cause))
        {
            return reused.Count > 0 ? New(node, RerunVerdict.Reused, $"reused from run {reused[^1].FromRun}")
                : source.Of[node.Id].Any() ? New(node, RerunVerdict.NotReached, $"did not succeed in run {source.Id}, and is left as it is")
                : New(node, RerunVerdict.NotReached, $"not reached in run {source.Id}, and what decides that is reused");
        }
        var why = scope.Reasons.GetValueOrDefault(node.Id) ?? (IsIn(node, cause) ? scope.Reasons.GetValueOrDefault(cause) : null)
            ?? (source.Of[node.Id].Any() ? $"downstream of '{cause}'" : "was not reached");
        if (!scope.Certain.Contains(node.Id) && DecisionBefore(node) is { } decision)
            return New(node, RerunVerdict.Depends, $"'{decision}' decides anew; {why}") with { DependsOn = decision };
        return New(node, RerunVerdict.Runs, why);
    }

    /// <summary>The nearest decision that is made again and leads to an activity.</summary>
    string? DecisionBefore(ActivityNode node)
    {
        var before = decisions.FindAll(decision => decision.Node != node && decision.Behind.Contains(node.Id));
        return (before.Find(decision => !before.Exists(other => other.Node != decision.Node && decision.Behind.Contains(other.Node.Id))).Node ?? before.FirstOrDefault().Node)?.Id;
    }

    PlannedActivity Container(ActivityNode node, Dictionary<string, PlannedActivity> leaves)
    {
        var inside = ActivityReach.Below(node).Select(child => leaves.GetValueOrDefault(child.Id)).OfType<PlannedActivity>().ToList();
        var verdict = inside.Exists(child => child.Verdict is RerunVerdict.Runs) ? RerunVerdict.Runs
            : inside.Exists(child => child.Verdict is RerunVerdict.Depends) ? RerunVerdict.Depends
            : source.Of[node.Id].Any() ? RerunVerdict.Reused : RerunVerdict.NotReached;
        var holds = inside.Find(child => child.Verdict == verdict)?.ActivityId;
        return New(node, verdict, verdict switch
        {
            RerunVerdict.Runs or RerunVerdict.Depends => $"holds '{holds}'",
            RerunVerdict.Reused => "all in it is reused",
            RerunVerdict.NotReached => $"not reached in run {source.Id}, and what decides that is reused",
            _ => "",
        }) with
        { DependsOn = verdict is RerunVerdict.Depends ? inside.Find(child => child.DependsOn is not null)?.DependsOn : null };
    }

    static PlannedActivity New(ActivityNode node, RerunVerdict verdict, string why) =>
        new(node.Id, node.Name ?? node.Descriptor?.DisplayName ?? node.Id, node.Type, node.IsContainer, verdict, why);

    static bool IsIn(ActivityNode node, string container)
    {
        for (var parent = node.Parent; parent is not null; parent = parent.Parent)
            if (parent.Id == container) return true;
        return false;
    }

    IEnumerable<PlannedWrite> WrittenBefore(ActivityNode node) => source.Of[node.Id].SelectMany(execution => execution.Materializations)
        .Select(id => facts.Written.GetValueOrDefault(id)).OfType<WrittenAsset>().Select(written => new PlannedWrite(written.Asset, written.Partition?.ToString()));

    string? CodeOf(SourceExecution? execution)
    {
        if (execution is null) return null;
        var models = execution.Materializations.Select(id => facts.Written.GetValueOrDefault(id)?.CodeVersion).OfType<string>();
        var versions = models.Prepend(execution.CodeVersion).OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return versions.Count == 0 ? null : string.Join(", ", versions);
    }

    static string StaleNote(string stale, RerunKind kind) => kind is RerunKind.Only ? $"{stale}: what executes reads what is there now" : stale;
}
