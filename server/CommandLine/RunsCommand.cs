using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>runs list|show|resume|cancel</c>.</summary>
static class RunsCommand
{
    const string Last = "last";
    const int Searched = 1_000;

    public static Command Create(CommandContext context) =>
        new("runs", "What was run.") { CreateList(context), CreateShow(context), CreateResume(context), CreateCancel(context) };

    static Argument<string> RunArgument() => new("RUN") { Description = $"A run's id, the beginning of one, or '{Last}'." };

    static Command CreateList(CommandContext context)
    {
        var limit = new Option<int>("--limit") { Description = "How many at most.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var month = CommandContext.Month("--partition", "Only runs for this month.", context.Terminal.Time);
        var json = CommandContext.Json();
        var command = new Command("list", "Lists runs, the last one first.") { limit, month, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var runs = await platform.Runs.ListAsync(new() { Limit = parsed.GetValue(limit), Partition = parsed.GetValue(month) }, cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteRows(context.Terminal.Output, runs.Select(run => new
                {
                    RunId = run.Id,
                    Workflow = run.DefinitionId,
                    Partition = run.Partition?.ToString(),
                    run.Status,
                    run.CreatedAt,
                    run.FinishedAt,
                    DurationMs = RunReport.Milliseconds(run.Duration),
                    Error = run.Error?.Code,
                }));
                return;
            }
            var table = new TextTable("run", "workflow", "partition", "status", "created", ">time", "error");
            foreach (var run in runs)
            {
                table.Add(run.Id.ToString(), run.DefinitionId, run.Partition?.ToString() ?? "", run.Status.ToString(), When(run.CreatedAt, context.Terminal.Time),
                    run.Duration is { } time ? Figures.Time(time) : "", run.Error?.Code ?? "");
            }
            table.WriteTo(context.Terminal.Output, "Nothing was run yet. 'orchestrator run monthly-sales' starts the first run.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var (id, json) = (RunArgument(), CommandContext.Json());
        var command = new Command("show", "Shows a run: its activities, checks, log and files.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var run = await FindAsync(platform, parsed.GetRequiredValue(id), cancellationToken);
            var report = await RunReport.ReadAsync(platform, run, cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteDocument(context.Terminal.Output, report.ToDocument());
                return;
            }
            var output = context.Terminal.Output;
            await output.WriteLineAsync(RunNarrative.Title(run.DefinitionName, run.Partition, run.Id));
            foreach (var line in RunSummary.Render(report)) await output.WriteLineAsync(line);
            var checks = (await platform.Runs.ListChecksAsync(run.Id, cancellationToken)).Select(check => check.Result).ToList();
            if (checks.Count > 0)
            {
                await output.WriteLineAsync();
                await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Checks  {checks.Count(check => check.IsPassed)} of {checks.Count} passed"));
                foreach (var check in checks.Where(check => !check.IsPassed))
                {
                    await output.WriteLineAsync($"  {check.Severity} {check.Check} of {check.Asset}: expected {check.Expected}, found {check.Actual}");
                    foreach (var row in check.OffendingRows) await output.WriteLineAsync($"    {row}");
                }
            }
            var log = await platform.Runs.ListLogAsync(run.Id, cancellationToken);
            if (log.Count == 0) return;
            await output.WriteLineAsync();
            await output.WriteLineAsync("Log");
            foreach (var line in log) await output.WriteLineAsync($"  {When(line.At, context.Terminal.Time)}  {line.ActivityId}: {line.Event}: {line.Message}");
        });
        return command;
    }

    static Command CreateResume(CommandContext context)
    {
        var id = new Argument<string?>("RUN")
        {
            Description = "A run's id or the beginning of one; all that were interrupted where it is not given.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (quiet, json) = (new Option<bool>("--quiet") { Description = "Show no progress, only how it ended." }, CommandContext.Json());
        var command = new Command("resume", "Goes on with runs whose process died. Finished activities are not repeated.") { id, quiet, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));
            await using var platform = await context.StartAsync(parsed, show.Notice, cancellationToken);
            var runs = parsed.GetValue(id) is { } given
                ? [await FindAsync(platform, given, cancellationToken)]
                : await platform.Runs.ListAbandonedAsync(cancellationToken);
            if (runs.Count == 0) show.Notice("No run was interrupted.");
            var code = ExitCodes.Succeeded;
            foreach (var run in runs)
            {
                if (run.Status.IsFinal)
                    throw new UsageException($"Run {run.Id} has ended: it is {run.Status}. Start a new one with 'orchestrator run {run.DefinitionId}'.");
                var ended = await show.DriveAsync(platform, await platform.Runs.GetDefinitionAsync(run.Id, cancellationToken), run, cancellationToken);
                await show.WriteResultAsync(platform, ended);
                if (ended.Status != RunStatus.Succeeded) code = ExitCodes.Failed;
                cancellationToken.ThrowIfCancellationRequested();
            }
            return code;
        });
        return command;
    }

    static Command CreateCancel(CommandContext context)
    {
        var id = RunArgument();
        var command = new Command("cancel", "Asks a run to end; the process that drives it sees it within seconds.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var run = await FindAsync(platform, parsed.GetRequiredValue(id), cancellationToken);
            if (!await platform.Runs.RequestCancelAsync(run.Id, "Cancelled from the command line.", cancellationToken))
                throw new UsageException($"Run {run.Id} has ended: it is {run.Status}.");
            await context.Terminal.Output.WriteLineAsync($"Run {run.Id} is asked to end.");
        });
        return command;
    }

    static async Task<Run> FindAsync(Platform platform, string text, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(text, out var id) && await platform.Runs.FindAsync(id, cancellationToken) is { } exact) return exact;
        var recent = await platform.Runs.ListAsync(new() { Limit = Searched }, cancellationToken);
        if (text == Last && recent.Count > 0) return recent[0];
        var found = recent.Where(run => run.Id.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new UsageException($"There is no run '{text}'. 'orchestrator runs list' shows the ids."),
            _ => throw new UsageException($"More than one run begins with '{text}', such as {found[0].Id} and {found[1].Id}. Give more of the id."),
        };
    }

    static string When(DateTimeOffset at, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
