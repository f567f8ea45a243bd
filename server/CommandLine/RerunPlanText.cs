using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Server.CommandLine;

/// <summary>Text of a rerun's plan for people.</summary>
static class RerunPlanText
{
    public static IEnumerable<string> Render(RerunPlanResponse plan, TimeProvider time)
    {
        yield return $"{What(plan)} {plan.RunId} of {plan.Workflow}{(plan.Partition is { } month ? $" for {month}" : "")}";
        yield return "";
        foreach (var line in Table(plan, time).Render("The workflow has no activities.")) yield return line;
        var details = Details(plan).ToList();
        if (details.Count > 0) yield return "";
        foreach (var line in details) yield return line;
    }

    static IEnumerable<string> Details(RerunPlanResponse plan)
    {
        foreach (var input in plan.ChangedInputs) yield return $"Input     {input.Name}: {input.Before} → {input.After}";
        if (plan.Version != plan.VersionBefore || plan.DefinitionChanged) yield return string.Create(CultureInfo.InvariantCulture, $"Version   {plan.VersionBefore} → {plan.Version}");
        if (plan.Writes.Count > 0) yield return $"Writes    {string.Join(", ", plan.Writes.Select(write => write.Partition is { } of ? $"{write.Asset} {of}" : write.Asset))}";
        if (plan.ExpectedDurationMs is { } expected) yield return $"Expected  about {Figures.Time(TimeSpan.FromMilliseconds(expected))}, from past runs";
        foreach (var noted in plan.Activities.Where(activity => activity.Note is not null)) yield return $"Note      {noted.ActivityId}: {noted.Note}";
    }

    /// <summary>Renders the runs of a chain of reruns; nothing if there is only one.</summary>
    /// <param name="shown">The run that is shown.</param>
    public static IEnumerable<string> Chain(IReadOnlyList<RunResponse> chain, Guid shown, Func<DateTimeOffset, string> when)
    {
        if (chain.Count < 2) return [];
        var table = new TextTable("", "attempt", "status", "created", "repeats", "started by");
        foreach (var run in chain) table.Add(run.Id == shown ? "→" : "", run.Id.ToString(), run.Status.ToString(), when(run.CreatedAt), run.RerunOf?.ToString() ?? "", run.StartedBy ?? "");
        return ["", .. table.Render("")];
    }

    static TextTable Table(RerunPlanResponse plan, TimeProvider time)
    {
        var table = new TextTable("activity", "what", "why", ">expected", "version", "code");
        // Containers without decisions would only repeat their children.
        foreach (var activity in plan.Activities.Where(activity => activity.Type is not ("Elsa.Flowchart" or "Elsa.Sequence")))
        {
            table.Add(activity.ActivityId, Words(activity), Why(plan, activity, time),
                activity.ExpectedDurationMs is { } expected ? Figures.Time(TimeSpan.FromMilliseconds(expected)) : "",
                Change(Number(activity.VersionBefore), Number(activity.Version)), Change(Code(activity.CodeVersionBefore), Code(activity.CodeVersion)));
        }
        return table;
    }

    static string What(RerunPlanResponse plan) => plan.Kind switch
    {
        RerunKind.Retry => "Retry of run",
        RerunKind.Whole => "Rerun of the whole run",
        RerunKind.From => $"Rerun from {plan.Activity} of run",
        RerunKind.Only => $"Rerun of {plan.Activity} only, of run",
        _ => "Rerun of run",
    };

    static string Words(PlannedActivityResponse activity) => activity.Verdict switch
    {
        RerunVerdict.Runs => "runs",
        RerunVerdict.Reused => "reused",
        RerunVerdict.Depends => $"depends on {activity.DependsOn}",
        RerunVerdict.NotReached => "not reached",
        _ => "",
    };

    static string Why(RerunPlanResponse plan, PlannedActivityResponse activity, TimeProvider time)
    {
        if (activity is { Verdict: RerunVerdict.Reused, ReusedAt: { } at })
        {
            var when = TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            return activity.ReusedFrom == plan.RunId ? $"from this run, {when}" : $"from run {activity.ReusedFrom}, {when}";
        }
        return activity.ReusedExecutions == 0 ? activity.Why : string.Create(CultureInfo.InvariantCulture, $"{activity.Why}; {activity.ReusedExecutions} of its executions are reused");
    }

    static string Number(int? version) => version?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Returns the version of the assembly; the models after it have hashes, which the JSON shows.</summary>
    static string Code(string? versions) => versions?.Split(", ")[0] ?? "";

    static string Change(string before, string after) => before.Length == 0 || after.Length == 0 || before == after ? (before.Length == 0 ? after : before) : $"{before} → {after}";
}
