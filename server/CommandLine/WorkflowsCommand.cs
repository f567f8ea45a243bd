using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>workflows list|update|validate</c>.</summary>
static class WorkflowsCommand
{
    public static Command Create(CommandContext context) =>
        new("workflows", "The workflows that can be run.") { CreateList(context), CreateUpdate(context), CreateValidate(context) };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the workflows and their inputs.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workflows = await context.ReadAsync(
                parsed, Shipped(context.Workflows), server => server.GetAsync<IReadOnlyList<WorkflowResponse>>("workflows", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, workflows.Select(workflow => new
                {
                    Workflow = workflow.Id,
                    workflow.Name,
                    workflow.Version,
                    workflow.Description,
                    workflow.HasUpdate,
                    Inputs = workflow.Inputs.Select(input => new { input.Name, input.Type, Required = input.IsRequired, input.Default, input.Description }),
                }));
                return;
            }
            foreach (var workflow in workflows)
            {
                await context.Terminal.Output.WriteLineAsync($"{workflow.Id}: {workflow.Description}");
                foreach (var input in workflow.Inputs) await context.Terminal.Output.WriteLineAsync($"  {input.Name} ({input.Type}{Default(input)}): {input.Description}");
                if (workflow.HasUpdate) await context.Terminal.Output.WriteLineAsync($"  A newer version ships: 'orchestrator workflows update {workflow.Id}' takes it.");
            }
        });
        return command;
    }

    static Command CreateUpdate(CommandContext context)
    {
        var name = new Argument<string>("WORKFLOW") { Description = "A workflow's id." };
        name.CompletionSources.Add(_ => context.Workflows.Names);
        var command = new Command("update", "Publishes the shipped version of a workflow, whatever was changed; earlier versions stay.")
        {
            name,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await context.ConnectAsync(parsed, cancellationToken);
            var updated = await server.PostAsync<WorkflowResponse>($"workflows/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/update", body: null, cancellationToken);
            await context.Terminal.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{updated.Id} is at version {updated.Version}, as it ships."));
        });
        return command;
    }

    static Command CreateValidate(CommandContext context)
    {
        var (file, json) = (new Argument<FileInfo>("FILE") { Description = "A workflow definition in Elsa 3's JSON." }, CommandContext.Json());
        var command = new Command("validate", "Lists all problems of a workflow definition with their places.") { file, json };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            IReadOnlyList<DefinitionProblem> problems = path.Exists ? context.Workflows.Check(path.FullName)
                : throw new UsageException($"The file '{path.FullName}' does not exist. Give the path of a workflow definition.");
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, new { File = path.FullName, Valid = problems.Count == 0, Problems = problems });
            else if (problems.Count == 0) context.Terminal.Output.WriteLine($"{path.Name} is valid.");
            else
            {
                foreach (var problem in problems) context.Terminal.Output.WriteLine(problem);
                var noun = problems.Count == 1 ? "problem" : "problems";
                context.Terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path.Name} has {problems.Count} {noun}."));
            }
            return problems.Count == 0 ? ExitCodes.Succeeded : ExitCodes.Failed;
        });
        return context.Options.OnThisMachine(command);
    }

    // A folder without data imports these with its first command.
    static IReadOnlyList<WorkflowResponse> Shipped(DefinitionLibrary library) =>
        [.. library.Names.Select(name => WorkflowResponse.Of(library.Read(library.TextOf(name)!), hasUpdate: false))];

    static string Default(WorkflowInput input) => input switch
    {
        { IsRequired: true } => ", required",
        { Default: { ValueKind: not (System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.Undefined) } value } => $", default {value}",
        _ => "",
    };
}
