using System.Globalization;
using System.Text;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>The figures as Markdown, each beside what it is meant to reach.</summary>
/// <param name="executions">Activity executions in the large store.</param>
sealed class RuntimeReport(int rounds, long executions)
{
    readonly StringBuilder text = new();

    public string Markdown => $"""
        # Measured figures of the runtime

        Medians of {rounds} rounds on one embedded PostgreSQL with its durable defaults; {Environment.ProcessorCount} cores, {Environment.OSVersion.Platform}; {executions.ToString("N0", CultureInfo.InvariantCulture)} activity executions in the large store.
        Written by `dotnet run -c Release --project tests/benchmarks -- runtime --report tests/benchmarks/RUNTIME.md`.

        | measure | figure | goal |
        |---|---:|---:|
        {text.ToString().TrimEnd()}

        """;

    public void Add(string measure, FormattableString figure, string goal = "") =>
        text.AppendLine(CultureInfo.InvariantCulture, $"| {measure} | {figure.ToString(CultureInfo.InvariantCulture)} | {goal} |");
}
