using System.Diagnostics;
using System.Globalization;
using Orchestrator.Activities.Tuning;
using Orchestrator.Activities.Warehouse;

namespace Orchestrator.Tests.Integration;

/// <summary>Started by name only: figures of a busy machine say nothing.</summary>
public sealed class TuneIndexesSpeedTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Tuning_a_million_sales_takes_a_few_seconds_and_once_more_less()
    {
        var rows = int.Parse(Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_ROWS") ?? "1000000", CultureInfo.InvariantCulture);
        using var harness = new ActivityHarness();
        await using var files = await StarFiles.CreateAsync(harness, postgres);
        files.Write(StarFiles.October, rows, customers: rows / 20);
        for (var round = 1; round <= 3; round++)
        {
            var started = Stopwatch.GetTimestamp();
            var (_, load) = await harness.ExecuteAsync<LoadTables>(StarFiles.October, [], round, Token);
            Say($"Round {round}: LoadTables {Stopwatch.GetElapsedTime(started).TotalMilliseconds:f0} ms, of it building indexes {1000 * load.Metrics["index.seconds"]:f0}");
            await TuneAsync(round, StarFiles.October);
        }
        files.Write(StarFiles.November, rows, customers: rows / 20, salt: 7);
        await harness.ExecuteAsync<LoadTables>(StarFiles.November, [], 4, Token);
        await TuneAsync(4, StarFiles.November);

        async Task TuneAsync(int round, Workflows.Assets.Partition month)
        {
            var started = Stopwatch.GetTimestamp();
            var (outputs, _) = await harness.ExecuteAsync<TuneIndexes>(month, [], round, Token);
            Say($"TuneIndexes {Stopwatch.GetElapsedTime(started).TotalMilliseconds:f0} ms\n{TuningReportText.Of((TuningReport)outputs["Report"]!)}");
        }
    }

    static void Say(string text) => TestContext.Current.SendDiagnosticMessage(text.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
}
