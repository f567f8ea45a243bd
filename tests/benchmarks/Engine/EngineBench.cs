using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Orchestrator.Benchmarks.Runtime;
using Orchestrator.Server.Postgres;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Benchmarks.Engine;

/// <summary>What the engine costs for each activity that does nothing: in memory, and durable on PostgreSQL.</summary>
static class EngineBench
{
    // A stock Elsa server with SQLite takes so long for an activity of such a run, in milliseconds.
    const double StockElsa = 0.77;
    const int Activities = 1_000, WarmUps = 3;

    static readonly (string Name, string Json)[] Workflows =
    [
        ("a sequence", LargeWorkflow.Sequence(Activities)),
        ("a row in a flowchart", LargeWorkflow.Row(Activities)),
        ("a flowchart, side by side, and a join", LargeWorkflow.Wide(Activities)),
    ];

    /// <summary>Measures everything and gives the report as Markdown.</summary>
    public static async Task<string> MeasureAsync(int rounds, CancellationToken cancellationToken)
    {
        var root = Directory.CreateTempSubdirectory("orchestrator-bench-").FullName;
        // PostgreSQL runs as another user where we are root.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(root, File.GetUnixFileMode(root) | UnixFileMode.OtherExecute);
        try
        {
            await using var postgres = await EmbeddedPostgres.StartAsync(root, port: null, TimeProvider.System, cancellationToken);
            await using var host = new RuntimeHost(postgres.ConnectionString);
            var lines = new StringBuilder();
            foreach (var (name, json) in Workflows)
            {
                var definition = WorkflowDefinition.Parse(json, ControlActivities.NewRegistry());
                List<Cost> inMemory = [], durable = [];
                for (var round = 1 - WarmUps; round <= rounds; round++)
                {
                    var (memory, store) = (InMemory(definition), await DurableAsync(host, definition));
                    Say($"{name}, round {round}: {memory.Elapsed:0.0000} ms in memory, {store.Elapsed:0.0000} ms durable, {store.Processor:0.0000} ms of it ours");
                    if (round < 1) continue;
                    inMemory.Add(memory);
                    durable.Add(store);
                }
                Row(lines, $"{name}, in memory", inMemory);
                Row(lines, $"{name}, durable on PostgreSQL", durable);
            }
            return $"""
                # What the engine costs

                Milliseconds for each activity of a run of {Activities.ToString("N0", CultureInfo.InvariantCulture)} that write lines and set variables, from taking the run to its end: medians of {rounds} rounds, one run at a
                time; {Environment.ProcessorCount} cores, {Environment.OSVersion.Platform}; embedded PostgreSQL with its durable defaults. A stock Elsa server with SQLite takes {StockElsa.ToString(CultureInfo.InvariantCulture)} ms.
                Written by `dotnet run -c Release --project tests/benchmarks -- engine --report tests/benchmarks/ENGINE.md`.

                | run | ms an activity | fastest round | CPU of our process | goal |
                |---|---:|---:|---:|---:|
                {lines.ToString().TrimEnd()}

                """;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>What the engine decides and the expressions give, folded into the state, without any store.</summary>
    static Cost InMemory(WorkflowDefinition definition)
    {
        var (state, inputs, sequence) = (new RunState(), new InputEvaluation(new ExpressionEvaluator()), 0L);
        var begun = Begin();
        Record(new RunCreated(definition.DefinitionId, "checksum", 1, null, new Dictionary<string, JsonElement>(), VariablesInScope.FirstValues(definition)));
        while (true)
        {
            switch (RunEngine.Decide(definition, state))
            {
                case Decision.Follow(var happened): Record(happened); break;
                case Decision.Evaluate(var execution):
                    Record(inputs.Evaluate(Guid.Empty, definition, definition.Activities[execution.ActivityId], state, execution.Number));
                    break;
                default: return Each(begun, state.Status);
            }
        }

        void Record(RunEvent happened) => state.Apply(new(++sequence, JournalClock.Now(TimeProvider.System), happened));
    }

    static async Task<Cost> DurableAsync(RuntimeHost host, WorkflowDefinition definition)
    {
        var run = await host.CreateAsync(definition);
        var begun = Begin();
        return Each(begun, (await host.DriveAsync(run.Id)).Status);
    }

    static (long At, TimeSpan Processor) Begin() => (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

    static Cost Each((long At, TimeSpan Processor) begun, RunStatus status) => status is RunStatus.Succeeded
        ? new(Stopwatch.GetElapsedTime(begun.At).TotalMilliseconds / Activities, (Environment.CpuUsage.TotalTime - begun.Processor).TotalMilliseconds / Activities)
        : throw new InvalidOperationException($"The run is {status}, not Succeeded: its time says nothing.");

    static void Row(StringBuilder lines, string run, IReadOnlyList<Cost> rounds)
    {
        Samples elapsed = new(rounds.Select(cost => cost.Elapsed)), processor = new(rounds.Select(cost => cost.Processor));
        lines.AppendLine(CultureInfo.InvariantCulture, $"| {run} | {elapsed.Median:0.0000} | {elapsed.Quantile(0):0.0000} | {processor.Median:0.0000} | ≤ {StockElsa / 10:0.000} |");
    }

    /// <summary>Milliseconds for each activity.</summary>
    /// <param name="Elapsed">From beginning to end.</param>
    /// <param name="Processor">Of the processor, in our process alone.</param>
    sealed record Cost(double Elapsed, double Processor);

    static void Say(FormattableString line) => Console.Error.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
