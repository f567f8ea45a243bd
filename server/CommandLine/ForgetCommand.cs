using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>assets forget</c>: removes a month from an asset and from everything that was made from it.</summary>
sealed class ForgetCommand(CommandContext context)
{
    readonly Argument<string> name = new("ASSET") { Description = "Name of the asset, such as raw/sales for all data of a month." };
    readonly Option<string> month = new("--partition")
    {
        Description = "The month; months outside the loadable range are allowed too.", HelpName = "YYYY-MM", Required = true,
    };
    readonly Option<bool> yes = new("--yes")
    {
        Description = "Forget the data; without this option the command only shows what would be forgotten.",
    };
    readonly Option<bool> quiet = new("--quiet") { Description = "Show only the result, no progress." };
    readonly Option<bool> json = CommandContext.Json();

    public static Command Create(CommandContext context) => new ForgetCommand(context).Create();

    Command Create()
    {
        var command = new Command("forget",
            "Forgets a month of an asset and of what was made from it, and writes the dimensions without it; says first what would go.")
        {
            name, month, yes, quiet, json,
        };
        command.SetAction(ExecuteAsync);
        return command;
    }

    async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var isDryRun = !parsed.GetValue(yes);
        await using var server = await context.ConnectToDataAsync(parsed, cancellationToken, workers: isDryRun ? 0 : 1);
        var request = new ForgetRequest { Partition = parsed.GetRequiredValue(month), IsDryRun = isDryRun };
        var path = $"assets/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/forget";
        var answer = await server.PostAsync<ForgetResponse>(path, request, cancellationToken);
        var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));
        if (answer.RunId is { } id) return await FollowAsync(server, id, show, cancellationToken);
        if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, answer);
        else Show(context.Terminal.Output, answer);
        return ExitCodes.Succeeded;
    }

    async Task<int> FollowAsync(ApiClient server, Guid id, RunShow show, CancellationToken cancellationToken)
    {
        var started = await server.GetAsync<RunResponse>($"runs/{id}", cancellationToken);
        var document = await server.GetAsync<JsonElement>($"runs/{id}/definition", cancellationToken);
        var ended = await show.ShowAsync(WorkflowDefinition.Parse(document.GetRawText(), Platform.Registry), started.ToRun(),
            observer => new RunFollower(server, id, observer, context.Terminal.Time).FollowAsync(cancellationToken));
        await show.WriteResultAsync(await RunReport.ReadAsync(server, ended, CancellationToken.None));
        return ended.Status == RunStatus.Succeeded ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    static void Show(TextWriter output, ForgetResponse answer)
    {
        var table = new TextTable("asset", ">rows", ">size", "committed (UTC)", "location");
        foreach (var gone in answer.Forgotten)
        {
            table.Add(gone.Asset, Figures.Count(gone.Rows), Figures.Bytes(gone.Bytes),
                gone.CommittedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), gone.Location);
        }
        output.WriteLine($"Of {answer.Partition} would be forgotten:");
        table.WriteTo(output, "nothing");
        if (answer.Rebuilt.Count > 0)
            output.WriteLine($"Would be written again without what only {answer.Partition} brought: {string.Join(", ", answer.Rebuilt)}.");
        output.WriteLine("Nothing was changed. Add --yes to forget it; files stay in the store as history.");
    }
}
