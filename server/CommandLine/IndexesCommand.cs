using System.CommandLine;
using Orchestrator.Activities.Tuning;
using Orchestrator.Server.Client;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>indexes report</c>.</summary>
static class IndexesCommand
{
    public static Command Create(CommandContext context) => new("indexes", "The indexes of the warehouse.") { CreateReport(context) };

    static Command CreateReport(CommandContext context)
    {
        var month = CommandContext.Month("--month", "The month; the one that was tuned last where it is not given.", context.Terminal.Time);
        var json = CommandContext.Json();
        var command = new Command("report", "Shows the measurements and decisions of index tuning, per query and per index, as Markdown.")
        {
            month, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await context.ReadAsync(parsed, null, server => ReadAsync(server, parsed.GetValue(month), cancellationToken), cancellationToken);
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, report);
            else if (report is null) await context.Terminal.Output.WriteLineAsync("No indexes were tuned yet. 'orchestrator run monthly-sales' does it.");
            else await context.Terminal.Output.WriteLineAsync(TuningReportText.Of(report));
        });
        return command;
    }

    static async Task<TuningReport?> ReadAsync(ApiClient server, Partition? month, CancellationToken cancellationToken)
    {
        try
        {
            return await server.GetAsync<TuningReport>($"indexes/report{(month is null ? "" : $"?month={month}")}", cancellationToken);
        }
        catch (ApiProblemException error) when (error.Problem.Code == "indexes.not_tuned")
        {
            return null;
        }
    }
}
