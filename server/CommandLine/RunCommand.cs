using System.CommandLine;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Runs;
using Spectre.Console;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>run</c>: starts a run and drives it to its end.</summary>
sealed class RunCommand(CommandContext context)
{
    readonly Argument<string> workflow = new("WORKFLOW") { HelpName = "WORKFLOW", Description = "A workflow's id, or the path of a definition." };
    readonly Option<Partition?> partition = CommandContext.Month("--partition", "The month to work on; the last one where it is not given.", context.Terminal.Time);
    readonly Option<string[]> inputs = new("--input")
    {
        Description = "Gives an input a value; @ and a path give it the content of a file.",
        HelpName = "NAME=VALUE",
    };
    readonly Option<bool> quiet = new("--quiet") { Description = "Show no progress, only how it ended." };
    readonly Option<bool> json = CommandContext.Json();

    public static Command Create(CommandContext context) => new RunCommand(context).Create();

    Command Create()
    {
        workflow.CompletionSources.Add(_ => context.Workflows.Names);
        var command = new Command("run", "Runs a workflow for a month and shows what it does.") { workflow, partition, inputs, quiet, json };
        command.SetAction(ExecuteAsync);
        return command;
    }

    async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        // All that can be wrong with the request is said before anything is started.
        var definition = context.Workflows.Find(parsed.GetRequiredValue(workflow));
        var values = InputValues.Read(definition, parsed.GetValue(inputs) ?? []);
        var month = parsed.GetValue(partition) ?? CommandContext.LastMonth(context.Terminal.Time);
        var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));

        await using var platform = await context.StartAsync(parsed, show.Notice, cancellationToken);
        await ResumeUnfinishedAsync(platform, show, cancellationToken);
        var id = Guid.CreateVersion7(context.Terminal.Time.GetUtcNow());
        var run = await platform.Runs.CreateAsync(new StartRun(id, definition, month, values) { StartedBy = "command line" }, cancellationToken);
        var ended = await show.DriveAsync(platform, definition, run, cancellationToken);
        await show.WriteResultAsync(platform, ended);
        return ended.Status == RunStatus.Succeeded ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    /// <summary>
    /// Goes on with the runs of processes that died, one after the other and before anything new: a new run of the same month would
    /// otherwise compete with them. Runs that another process drives are left to it.
    /// </summary>
    internal static async Task ResumeUnfinishedAsync(Platform platform, RunShow show, CancellationToken cancellationToken)
    {
        foreach (var run in await platform.Runs.ListAbandonedAsync(cancellationToken))
        {
            show.Notice($"Run {run.Id} of {run.DefinitionId}{(run.Partition is { } month ? $" for {month}" : "")} was interrupted; going on with it.");
            var definition = await platform.Runs.GetDefinitionAsync(run.Id, cancellationToken);
            var ended = await show.DriveAsync(platform, definition, run, cancellationToken);
            show.Notice($"Run {run.Id}: {RunSummary.Headline(await RunReport.ReadAsync(platform, ended, CancellationToken.None))}");
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>Shows runs as the options of a command say.</summary>
/// <param name="isQuiet">Whether progress is left out.</param>
/// <param name="isJson">Whether the result is a document for programs; progress then goes to standard error.</param>
sealed class RunShow(Terminal terminal, bool isQuiet, bool isJson)
{
    Action<string>? live;

    /// <summary>Says something about the platform, between or below the lines of a run.</summary>
    public void Notice(string sentence)
    {
        if (live is { } say) say(sentence);
        else terminal.Error.WriteLine(sentence);
    }

    /// <summary>Drives a run to its end and shows it meanwhile.</summary>
    public async Task<Run> DriveAsync(Platform platform, WorkflowDefinition definition, Run run, CancellationToken cancellationToken)
    {
        var title = RunNarrative.Title(run.DefinitionName, run.Partition, run.Id);
        if (terminal.IsInteractive && !isQuiet && !isJson)
        {
            var display = new LiveRunDisplay(definition, title, terminal.Time);
            live = display.Say;
            try
            {
                return await display.ShowAsync(AnsiConsole.Console, () => platform.Worker.DriveAsync(run.Id, display, cancellationToken));
            }
            finally
            {
                live = null;
            }
        }
        var output = isJson ? terminal.Error : terminal.Output;
        if (!isQuiet) await output.WriteLineAsync(title);
        return await platform.Worker.DriveAsync(run.Id, new PlainRunDisplay(definition, output, isQuiet, terminal.Time), cancellationToken);
    }

    /// <summary>Writes how a run ended.</summary>
    public async Task WriteResultAsync(Platform platform, Run run)
    {
        var report = await RunReport.ReadAsync(platform, run, CancellationToken.None);
        if (isJson) JsonOutput.WriteDocument(terminal.Output, report.ToDocument());
        else if (isQuiet) await terminal.Output.WriteLineAsync(RunSummary.Headline(report));
        else
        {
            await terminal.Output.WriteLineAsync();
            foreach (var line in RunSummary.Render(report)) await terminal.Output.WriteLineAsync(line);
        }
    }
}
