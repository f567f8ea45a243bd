using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>runs list|show|resume|cancel</c>.</summary>
static class RunsCommand
{
    const string Last = "last";
    const int Searched = 1_000;

    public static Command Create(CommandContext context) =>
        new("runs", "The runs of workflows.") { CreateList(context), CreateShow(context), CreateResume(context), CreateCancel(context) };

    public static Argument<string> RunArgument() => new("RUN") { Description = $"A run's id, the beginning of one, or '{Last}'." };

    static Command CreateList(CommandContext context)
    {
        var limit = new Option<int>("--limit") { Description = "Maximum number of runs.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var month = CommandContext.Month("--partition", "Only runs for this month.", context.Terminal.Time);
        var json = CommandContext.Json();
        var command = new Command("list", "Lists runs, newest first.") { limit, month, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var filter = parsed.GetValue(month) is { } only ? $"partition={only}" : "";
            var runs = await context.ReadAsync(parsed, [], server => server.ListAsync<RunResponse>("runs", filter, parsed.GetValue(limit), cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, runs.Select(run => new
                {
                    RunId = run.Id,
                    run.Workflow,
                    Partition = run.Partition?.ToString(),
                    run.Status,
                    run.CreatedAt,
                    run.FinishedAt,
                    DurationMs = run.DurationMs ?? 0,
                    Error = run.Error?.Code,
                }));
                return;
            }
            var table = new TextTable("run", "workflow", "partition", "status", "created", ">time", "error");
            foreach (var run in runs)
            {
                table.Add(run.Id.ToString(), run.Workflow, run.Partition?.ToString() ?? "", run.Status.ToString(), When(run.CreatedAt, context.Terminal.Time),
                    run.DurationMs is { } time ? Figures.Time(TimeSpan.FromMilliseconds(time)) : "", run.Error?.Code ?? "");
            }
            table.WriteTo(context.Terminal.Output, "There are no runs yet. 'orchestrator run monthly-sales' starts the first run.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var (id, json) = (RunArgument(), CommandContext.Json());
        var command = new Command("show", "Shows a run: its activities, checks, log and files.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await context.ConnectToDataAsync(parsed, cancellationToken);
            var run = (await FindAsync(server, parsed.GetRequiredValue(id), cancellationToken)).ToRun();
            var report = await RunReport.ReadAsync(server, run, cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, report.ToDocument());
                return;
            }
            var output = context.Terminal.Output;
            await output.WriteLineAsync(RunNarrative.Title(run.DefinitionName, run.Partition, run.Id));
            foreach (var line in RunSummary.Render(report)) await output.WriteLineAsync(line);
            foreach (var line in RerunPlanText.Chain(await server.GetAsync<IReadOnlyList<RunResponse>>($"runs/{run.Id}/chain", cancellationToken), run.Id, at => When(at, context.Terminal.Time)))
                await output.WriteLineAsync(line);
            var checks = await server.GetAsync<IReadOnlyList<CheckResponse>>($"runs/{run.Id}/checks", cancellationToken);
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
            var log = await server.ListAsync<LogLineResponse>($"runs/{run.Id}/log", cancellationToken);
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
            Description = "A run's id or the beginning of one; default all interrupted runs.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (quiet, json) = (new Option<bool>("--quiet") { Description = "Show only the result, no progress." }, CommandContext.Json());
        var command = context.Options.OnThisMachine(new("resume", "Resumes runs whose process died. Finished activities are not repeated.")
        {
            id, quiet, json,
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (context.Options.ReadServer(parsed) is { } named)
                throw new UsageException($"'runs resume' works on this machine, but {PlatformOptions.ServerVariable} names {named}: that server goes on with its runs by itself.");
            var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));
            if (!context.HasData(parsed))
            {
                show.Notice("No run was interrupted.");
                return ExitCodes.Succeeded;
            }
            await using var platform = await context.StartAsync(parsed, show.Notice, cancellationToken);
            var runs = parsed.GetValue(id) is { } given
                ? [await FindInProcessAsync(platform, given, cancellationToken)]
                : await platform.Runs.ListAbandonedAsync(cancellationToken);
            if (runs.Count == 0) show.Notice("No run was interrupted.");
            var code = ExitCodes.Succeeded;
            foreach (var run in runs)
            {
                if (run.Status.IsFinal)
                    throw new UsageException($"Run {run.Id} has ended: it is {run.Status}. Start a new one with 'orchestrator run {run.DefinitionId}'.");
                var ended = await show.ShowAsync(await platform.Runs.GetDefinitionAsync(run.Id, cancellationToken), run,
                    observer => platform.Worker.DriveAsync(run.Id, observer, cancellationToken));
                await show.WriteResultAsync(await RunReport.ReadAsync(platform, ended, CancellationToken.None));
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
        var command = new Command("cancel", "Cancels a run; its worker stops it within seconds.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await context.ConnectToDataAsync(parsed, cancellationToken);
            var run = await FindAsync(server, parsed.GetRequiredValue(id), cancellationToken);
            await server.PostAsync<RunResponse>($"runs/{run.Id}/cancel", new CancelRunRequest { Reason = "Cancelled from the command line." }, cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Run {run.Id} is asked to end.");
        });
        return command;
    }

    /// <summary>Finds a run by its id, the beginning of its id, or <c>last</c>.</summary>
    /// <exception cref="UsageException">No run matches, or more than one.</exception>
    public static async Task<RunResponse> FindAsync(ApiClient server, string text, CancellationToken cancellationToken)
    {
        var recent = await server.ListAsync<RunResponse>("runs", "", text == Last ? 1 : Searched, cancellationToken);
        if (text == Last && recent.Count > 0) return recent[0];
        // Older runs are found by their whole id only.
        if (Guid.TryParse(text, out var id) && recent.All(run => run.Id != id)) return (await server.GetAsync<RunDetailResponse>($"runs/{id}", cancellationToken)).Run;
        var found = recent.Where(run => run.Id.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new UsageException($"There is no run '{text}'. 'orchestrator runs list' shows the ids."),
            _ => throw new UsageException($"More than one run begins with '{text}', such as {found[0].Id} and {found[1].Id}. Give more of the id."),
        };
    }

    static async Task<Run> FindInProcessAsync(Platform platform, string text, CancellationToken cancellationToken)
    {
        var unfinished = await platform.Runs.ListUnfinishedAsync(cancellationToken);
        if (text == Last && unfinished.MaxBy(run => run.CreatedAt) is { } newest) return newest;
        var found = unfinished.Where(run => run.Id.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        if (found is [var one]) return one;
        return Guid.TryParse(text, out var id) && await platform.Runs.FindAsync(id, cancellationToken) is { } exact ? exact
            : throw new UsageException($"There is {(found.Count == 0 ? "no" : "more than one")} unfinished run '{text}'. 'orchestrator runs list' shows the ids.");
    }

    static string When(DateTimeOffset at, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(at, time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
