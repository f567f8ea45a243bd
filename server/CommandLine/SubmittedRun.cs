using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;

namespace Orchestrator.Server.CommandLine;

/// <summary>A run that is submitted to a server, which drives it; shown as if it ran in this process.</summary>
sealed class SubmittedRun(CommandContext context, ApiClient server)
{
    /// <summary>Submits a run and follows it to its end.</summary>
    /// <param name="workflow">A workflow's id, or the path of a definition.</param>
    /// <param name="inputs">Each <c>name=value</c>.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public async Task<int> ExecuteAsync(string workflow, Partition month, IReadOnlyList<string> inputs, RunShow show, CancellationToken cancellationToken)
    {
        var file = context.Workflows.FindFile(workflow);
        var definition = file ?? await ReadAsync(server, workflow, cancellationToken);
        var values = InputValues.Read(definition, inputs);
        var started = file is not null
            ? await server.PostAsync<RunResponse>("workflows/run", new RunDefinitionRequest { Definition = definition.Document, Partition = $"{month}", Inputs = values }, cancellationToken)
            : await server.PostAsync<RunResponse>("runs", new StartRunRequest { Workflow = workflow, Partition = $"{month}", Inputs = values }, cancellationToken);
        var ended = await show.ShowAsync(definition, started.ToRun(),
            observer => new RunFollower(server, started.Id, observer, context.Terminal.Time).FollowAsync(cancellationToken));
        await show.WriteResultAsync(await RunReport.ReadAsync(server, ended, CancellationToken.None));
        return ended.Status == RunStatus.Succeeded ? ExitCodes.Succeeded : ExitCodes.Failed;
    }

    /// <summary>Reads the definition that a new run of a workflow would execute.</summary>
    public static async Task<WorkflowDefinition> ReadAsync(ApiClient server, string workflow, CancellationToken cancellationToken) => WorkflowDefinition.Parse(
        (await server.GetAsync<JsonElement>($"workflows/{Uri.EscapeDataString(workflow)}/versions/current", cancellationToken)).GetRawText(), Platform.Registry);
}
