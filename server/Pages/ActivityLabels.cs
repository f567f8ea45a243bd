namespace Orchestrator.Server.Pages;

/// <summary>Labels of activities on pages, unique within a workflow.</summary>
static class ActivityLabels
{
    /// <summary>Creates the labels: names, followed by the id if several activities share a name.</summary>
    /// <param name="activities">Id and name of each.</param>
    /// <returns>Id → label.</returns>
    public static IReadOnlyDictionary<string, string> Of(IEnumerable<(string Id, string Name)> activities)
    {
        var all = activities.DistinctBy(activity => activity.Id).ToList();
        var names = all.CountBy(activity => activity.Name).ToDictionary(StringComparer.Ordinal);
        return all.ToDictionary(activity => activity.Id, activity => names[activity.Name] > 1 ? $"{activity.Name} {activity.Id}" : activity.Name, StringComparer.Ordinal);
    }
}
