using System.CommandLine;
using Orchestrator.Benchmarks;
using Orchestrator.Benchmarks.Engine;
using Orchestrator.Benchmarks.Runtime;
using Orchestrator.Benchmarks.Spark;

var rounds = new Option<int>("--rounds") { Description = "Rounds of each measurement; medians are reported.", DefaultValueFactory = _ => 5 };
var large = new Option<int>("--large-rounds") { Description = "Rounds of the measurement with ten times the rows; 0 leaves it out.", DefaultValueFactory = _ => 1 };
var bare = new Option<string>("--bare") { Description = "Folder of the bare script (bare.mjs, package.json).", DefaultValueFactory = _ => Path.Combine("..", "shared", "bench", "bare") };
var report = new Option<string?>("--report") { Description = "Markdown file to write; standard output where it is not given." };
var command = new RootCommand("Measures a month of sales against the bare script, in interleaved rounds on one PostgreSQL.") { rounds, large, bare, report };
command.SetAction(async (parsed, cancellationToken) =>
{
    await using var bench = await Bench.StartAsync(parsed.GetValue(bare)!, cancellationToken);
    await WriteAsync(await bench.MeasureAsync(parsed.GetValue(rounds), parsed.GetValue(large)), parsed.GetValue(report), cancellationToken);
});
var executions = new Option<long>("--executions") { Description = "Activity executions of the store with a long past.", DefaultValueFactory = _ => 10_000_000 };
var runtime = new Command("runtime", "Measures the durable runtime beside loops of single-row commits, on one PostgreSQL.") { rounds, executions, report };
runtime.SetAction(async (parsed, cancellationToken) =>
{
    await using var bench = await RuntimeBench.StartAsync(cancellationToken);
    await WriteAsync(await bench.MeasureAsync(parsed.GetValue(rounds), parsed.GetValue(executions)), parsed.GetValue(report), cancellationToken);
});
command.Add(runtime);
var tracing = new Command("tracing", "Measures what traces cost: a month with and without them, in interleaved rounds.") { rounds, report };
tracing.SetAction(async (parsed, cancellationToken) =>
{
    var text = await TracingCost.MeasureAsync(parsed.GetValue(rounds), cancellationToken);
    if (parsed.GetValue(report) is { } file) await File.WriteAllTextAsync(file, text, cancellationToken);
    else Console.Out.Write(text);
});
command.Add(tracing);
var engine = new Command("engine", "Measures what the engine costs for each activity of a large run, in memory and durable.") { rounds, report };
engine.SetAction(async (parsed, cancellationToken) =>
    await WriteAsync(await EngineBench.MeasureAsync(parsed.GetValue(rounds), cancellationToken), parsed.GetValue(report), cancellationToken));
command.Add(engine);
var archive = new Option<string>("--spark") { Description = "Spark, packed as tar.zst.", DefaultValueFactory = _ => Path.Combine("..", "shared", "dist", "spark", "spark-4.2.0.tar.zst") };
var warmUps = new Option<int>("--warm-ups") { Description = "Months on Spark before the first that counts.", DefaultValueFactory = _ => 12 };
var spark = new Command("spark", "Measures a month on a warm Spark server against the bare script, in interleaved rounds on one PostgreSQL.") { rounds, warmUps, large, bare, archive, report };
spark.SetAction(async (parsed, cancellationToken) =>
{
    await using var bench = await SparkBench.StartAsync(parsed.GetValue(bare)!, parsed.GetValue(archive)!, cancellationToken);
    await WriteAsync(await bench.MeasureAsync(parsed.GetValue(rounds), parsed.GetValue(warmUps), parsed.GetValue(large), cancellationToken), parsed.GetValue(report), cancellationToken);
});
command.Add(spark);
return await command.Parse(args).InvokeAsync();

static async Task WriteAsync(string text, string? file, CancellationToken cancellationToken)
{
    if (file is not null) await File.WriteAllTextAsync(file, text, cancellationToken);
    else Console.Out.Write(text);
}
