using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Benchmarks;

/// <summary>The product as its users start it: the executable that was built beside this one, as a child process.</summary>
/// <param name="assembly">Path of <c>Orchestrator.Server.dll</c>.</param>
sealed class Platform(string assembly)
{
    /// <summary>Runs a workflow to its end with <c>--json</c>.</summary>
    /// <param name="dataDirectory">Its data folder.</param>
    /// <param name="database">Connection string; <see langword="null"/> for the embedded PostgreSQL of the data folder.</param>
    public Task<PlatformRun> RunAsync(string workflow, string dataDirectory, string? database, params string[] arguments) =>
        RunAsync(workflow, dataDirectory, database, new Dictionary<string, string>(), arguments);

    /// <inheritdoc cref="RunAsync(string, string, string?, string[])"/>
    /// <param name="environment">Variables that it gets beside ours.</param>
    public async Task<PlatformRun> RunAsync(
        string workflow, string dataDirectory, string? database, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var result = await StartAsync([.. Arguments(workflow, dataDirectory, database), "--json", .. arguments], awaited: null, environment);
        using var document = JsonDocument.Parse(result.Output);
        var root = document.RootElement;
        var activities = root.GetProperty("activities").EnumerateArray()
            .ToDictionary(activity => activity.GetProperty("id").GetString()!, activity => activity.GetProperty("durationMs").GetDouble());
        return new(root.GetProperty("durationMs").GetDouble(), activities, result.PeakMemoryBytes, result.Elapsed);
    }

    /// <summary>Time from the start of the process to the line that announces the first activity.</summary>
    public async Task<TimeSpan> FirstActivityAsync(string workflow, string dataDirectory, string awaited, params string[] arguments)
    {
        var result = await StartAsync([.. Arguments(workflow, dataDirectory, null), .. arguments], awaited);
        return result.AwaitedLine ?? throw new InvalidOperationException($"No line says '{awaited}':\n{result.Output}");
    }

    Task<ChildProcess> StartAsync(IReadOnlyList<string> arguments, string? awaited, IReadOnlyDictionary<string, string>? environment = null) =>
        ChildProcess.RunAsync("dotnet", [assembly, .. arguments], AppContext.BaseDirectory, awaited, environment);

    static IEnumerable<string> Arguments(string workflow, string dataDirectory, string? database) =>
        ["run", workflow, "--data", dataDirectory, .. database is null ? Array.Empty<string>() : ["--postgres", database]];
}

/// <summary>A finished run.</summary>
/// <param name="DurationMs">From claim to finished.</param>
/// <param name="Activities">Activity id → milliseconds of its last attempt.</param>
/// <param name="PeakMemoryBytes">The most memory that our process had resident at once.</param>
/// <param name="Elapsed">The whole process, from start to end.</param>
sealed record PlatformRun(double DurationMs, IReadOnlyDictionary<string, double> Activities, long PeakMemoryBytes, TimeSpan Elapsed)
{
    /// <summary>Sum over the activities whose id starts with one of these.</summary>
    public double Sum(params string[] types) => Activities.Where(activity => types.Any(type => activity.Key.StartsWith(type, StringComparison.Ordinal))).Sum(activity => activity.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{DurationMs:0} ms ({string.Join(", ", Activities.Select(activity => $"{activity.Key} {activity.Value:0}"))})");
}
