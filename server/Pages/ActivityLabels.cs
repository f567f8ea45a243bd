namespace Orchestrator.Server.Pages;

/// <summary>What pages call activities, so that no two of a workflow are called the same.</summary>
static class ActivityLabels
{
    /// <summary>Their names, and beside those that several share the id.</summary>
    /// <param name="activities">Id and name of each.</param>
    /// <returns>Id → label.</returns>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<(string Id, string Name)> activities)
    {
        var all = activities.DistinctBy(activity => activity.Id).ToList();
        var names = all.CountBy(activity => activity.Name).ToDictionary(StringComparer.Ordinal);
        return all.ToDictionary(activity => activity.Id, activity => names[activity.Name] > 1 ? $"{activity.Name} {activity.Id}" : activity.Name, StringComparer.Ordinal);
    }
}
