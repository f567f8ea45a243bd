using System.CommandLine;
using Orchestrator.Server.Access;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>run</c>: starts a run and drives it to its end.</summary>
sealed class RunCommand(CommandContext context)
{
    readonly Argument<string> workflow = new("WORKFLOW") { HelpName = "WORKFLOW", Description = "A workflow's id, or the path of a definition." };
    readonly Option<Partition?> partition = CommandContext.Month("--partition", "The month to work on; the last one where it is not given.", context.Terminal.Time);
    readonly Option<string[]> inputs = new("--input")
    {
        Description = "Value of an input; @ and a path read the content of a file.",
        HelpName = "NAME=VALUE",
    };
    readonly Option<bool> quiet = new("--quiet") { Description = "Show only the result, no progress." };
    readonly Option<bool> json = CommandContext.Json();

    public static Command Create(CommandContext context) => new RunCommand(context).Create();

    Command Create()
    {
        workflow.CompletionSources.Add(_ => context.Workflows.Names);
        var command = new Command("run", "Runs a workflow for a month and shows its progress; if a server is there, the server runs it.")
        {
            workflow, partition, inputs, quiet, json,
        };
        command.SetAction(ExecuteAsync);
        return command;
    }

    async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var month = parsed.GetValue(partition) ?? Partition.LastEnded(context.Terminal.Time);
        var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));
        if (await context.FindServerAsync(parsed, cancellationToken) is { } server)
        {
            await using (server)
                return await new SubmittedRun(context, server).ExecuteAsync(parsed.GetRequiredValue(workflow), month, parsed.GetValue(inputs) ?? [], show, cancellationToken);
        }
        // Problems of a file are reported before anything starts.
        var wanted = parsed.GetRequiredValue(workflow);
        var file = context.Workflows.FindFile(wanted);
        if (file is null && !context.HasData(parsed) && context.Workflows.TextOf(wanted) is null)
            throw DefinitionLibrary.Unknown(wanted, context.Workflows.Names);
        await using var platform = await context.StartAsync(parsed, show.Notice, cancellationToken);
        var definition = file ?? await platform.Definitions.FindPublishedAsync(wanted, cancellationToken)
            ?? throw DefinitionLibrary.Unknown(wanted, await platform.Definitions.ListNamesAsync(cancellationToken));
        var values = InputValues.Read(definition, parsed.GetValue(inputs) ?? []);
        var caller = Caller.CommandLine(Environment.UserName);
        var start = platform.Runs.Prepare(definition, month, values, caller.Who) with { IsAdHoc = file is not null };
        await ResumeUnfinishedAsync(platform, show, cancellationToken);
        var run = await platform.Runs.CreateAsync(start, cancellationToken);
        var ended = await show.ShowAsync(definition, run, observer => platform.Worker.DriveAsync(run.Id, observer, cancellationToken));
        await show.WriteResultAsync(await RunReport.ReadAsync(platform, ended, CancellationToken.None));
        return ended.Status == RunStatus.Succeeded ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    /// <summary>
    /// Resumes the runs of processes that died, one after the other, before anything new starts: a new run of the same month would
    /// compete with them. Runs that another process drives are left to it.
    /// </summary>
    internal static async Task ResumeUnfinishedAsync(Platform platform, RunShow show, CancellationToken cancellationToken)
    {
        foreach (var run in await platform.Runs.ListAbandonedAsync(cancellationToken))
        {
            show.Notice($"Run {run.Id} of {run.DefinitionId}{(run.Partition is { } month ? $" for {month}" : "")} was interrupted; going on with it.");
            var definition = await platform.Runs.GetDefinitionAsync(run.Id, cancellationToken);
            var ended = await show.ShowAsync(definition, run, observer => platform.Worker.DriveAsync(run.Id, observer, cancellationToken));
            show.Notice($"Run {run.Id}: {RunSummary.Headline(await RunReport.ReadAsync(platform, ended, CancellationToken.None))}");
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
