using System.CommandLine;
using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>retry</c> and <c>rerun</c>: repeat a run as a new one, or show the plan.</summary>
sealed class RerunCommand(CommandContext context, bool isRetry)
{
    readonly Argument<string> id = RunsCommand.RunArgument();
    readonly Option<string?> from = new("--from")
    {
        Description = "Repeat this activity and everything downstream of it.", HelpName = "ACTIVITY",
    };
    readonly Option<string?> only = new("--only")
    {
        Description = "Repeat this activity alone; later activities stay as they are.", HelpName = "ACTIVITY",
    };
    readonly Option<bool> latest = new("--latest") { Description = "Use the newest definition; activities that changed in it run." };
    readonly Option<string[]> inputs = new("--input")
    {
        Description = "New value of an input; activities that may read it run.", HelpName = "NAME=VALUE",
    };
    readonly Option<bool> plan = new("--plan") { Description = "Only show what would run and what would be reused, and why." };
    readonly Option<bool> quiet = new("--quiet") { Description = "Show only the result, no progress." };
    readonly Option<bool> json = CommandContext.Json();

    public static Command CreateRetry(CommandContext context) => new RerunCommand(context, isRetry: true).Create();

    public static Command CreateRerun(CommandContext context) => new RerunCommand(context, isRetry: false).Create();

    Command Create()
    {
        var command = isRetry
            ? new Command("retry", "Resumes a run that did not succeed, as a new run: results of succeeded activities are reused.")
            {
                id, latest, inputs, plan, quiet, json,
            }
            : new Command("rerun", "Repeats a run as a new run: the whole run, from an activity on, or one activity alone.")
            {
                id, from, only, latest, inputs, plan, quiet, json,
            };
        command.SetAction(ExecuteAsync);
        return command;
    }

    async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var isPlan = parsed.GetValue(plan);
        await using var server = await context.ConnectToDataAsync(parsed, cancellationToken, workers: isPlan ? 0 : 1);
        var run = await RunsCommand.FindAsync(server, parsed.GetRequiredValue(id), cancellationToken);
        var given = parsed.GetValue(inputs) ?? [];
        var body = new RerunBody
        {
            Retry = isRetry,
            From = isRetry ? null : parsed.GetValue(from),
            Only = isRetry ? null : parsed.GetValue(only),
            Latest = parsed.GetValue(latest),
            Inputs = given.Length == 0 ? new Dictionary<string, JsonElement>(StringComparer.Ordinal) : InputValues.ReadGiven(await ReadDefinitionAsync(server, run.Id, cancellationToken), given),
        };
        return isPlan ? await PlanAsync(server, run.Id, body, parsed, cancellationToken) : await StartAsync(server, run.Id, body, parsed, cancellationToken);
    }

    async Task<int> PlanAsync(ApiClient server, Guid run, RerunBody body, ParseResult parsed, CancellationToken cancellationToken)
    {
        var planned = await server.PostAsync<RerunPlanResponse>($"runs/{run}/rerun-plan", body, cancellationToken);
        if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, planned);
        else foreach (var line in RerunPlanText.Render(planned, context.Terminal.Time)) await context.Terminal.Output.WriteLineAsync(line);
        return ExitCodes.Succeeded;
    }

    async Task<int> StartAsync(ApiClient server, Guid run, RerunBody body, ParseResult parsed, CancellationToken cancellationToken)
    {
        var show = new RunShow(context.Terminal, parsed.GetValue(quiet), parsed.GetValue(json));
        var started = await server.PostAsync<RunResponse>($"runs/{run}/{(isRetry ? "retry" : "rerun")}", body, cancellationToken);
        var ended = await show.ShowAsync(await ReadDefinitionAsync(server, started.Id, cancellationToken), started.ToRun(),
            observer => new RunFollower(server, started.Id, observer, context.Terminal.Time).FollowAsync(cancellationToken));
        await show.WriteResultAsync(await RunReport.ReadAsync(server, ended, CancellationToken.None));
        return ended.Status == RunStatus.Succeeded ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    static async Task<WorkflowDefinition> ReadDefinitionAsync(ApiClient server, Guid run, CancellationToken cancellationToken) =>
        WorkflowDefinition.Parse((await server.GetAsync<JsonElement>($"runs/{run}/definition", cancellationToken)).GetRawText(), Platform.Registry);
}
