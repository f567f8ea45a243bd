namespace Orchestrator.Tests.Unit.Runs;

/// <summary>Flowcharts with decisions, jobs, merges, loops and dead ends; the same seed gives the same one.</summary>
static class RandomChart
{
    static readonly string[] Modes = ["Stream", "Merge", "Converge", "Race", "Cascade"];

    public static string Of(int seed)
    {
        var random = new Random(seed);
        var ids = Enumerable.Range(1, random.Next(1, 9)).Select(number => random.Next(10) switch
        {
            < 4 => $"Job{number}",
            4 => $"If{number}T",
            5 => $"If{number}F",
            6 when number > 3 => random.Next(3) switch { 0 => $"End{number}", 1 => $"Finish{number}", _ => $"Fault{number}" },
            _ => $"Line{number}",
        }).ToList();
        var connections = new List<string>(ids);
        for (var source = 0; source < ids.Count; source++)
        {
            for (var count = random.Next(4); count > 0; count--)
            {
                // One connection in eight goes back.
                var target = random.Next(8) == 0 ? random.Next(ids.Count) : source + 1 < ids.Count ? random.Next(source + 1, ids.Count) : -1;
                if (target < 0) continue;
                var port = ids[source].StartsWith("If", StringComparison.Ordinal) ? random.Next(2) == 0 ? ":True" : ":False" : "";
                connections.Add($"{ids[source]}{port} -> {ids[target]}");
            }
        }
        var modes = ids.Where(_ => random.Next(2) == 0).ToDictionary(id => id, _ => Modes[random.Next(10) is var mode and < 5 ? mode : 1]);
        return Chart.Of(modes, [.. connections]);
    }

    /// <summary>The same for the same text on every machine, which <see cref="string.GetHashCode()"/> is not.</summary>
    public static uint Hash(string text, int number) => text.Aggregate(2_166_136_261 ^ (uint)number * 97, (hash, c) => (hash ^ c) * 16_777_619) >> 8;
}
