using System.CommandLine;
using System.Globalization;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>workflows list|validate</c>.</summary>
static class WorkflowsCommand
{
    public static Command Create(CommandContext context) =>
        new("workflows", "What can be run.") { CreateList(context), CreateValidate(context) };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the workflows and what they take.") { json };
        command.SetAction(parsed =>
        {
            var workflows = context.Workflows.ReadAll().ToList();
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteRows(context.Terminal.Output, workflows.Select(workflow => new
                {
                    Workflow = workflow.DefinitionId,
                    workflow.Name,
                    workflow.Version,
                    workflow.Description,
                    Inputs = workflow.Inputs.Select(input => new { input.Name, Type = input.TypeName, Required = input.IsRequired, input.Default, input.Description }),
                }));
                return;
            }
            foreach (var workflow in workflows)
            {
                context.Terminal.Output.WriteLine($"{workflow.DefinitionId}: {workflow.Description}");
                foreach (var input in workflow.Inputs)
                    context.Terminal.Output.WriteLine($"  {input.Name} ({input.TypeName}{Default(input)}): {input.Description}");
            }
        });
        return command;
    }

    static Command CreateValidate(CommandContext context)
    {
        var (file, json) = (new Argument<FileInfo>("FILE") { Description = "A workflow definition in Elsa 3's JSON." }, CommandContext.Json());
        var command = new Command("validate", "Says all that is wrong with a workflow definition, with its place.") { file, json };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            IReadOnlyList<DefinitionProblem> problems = path.Exists ? context.Workflows.Check(path.FullName)
                : throw new Hosting.UsageException($"The file '{path.FullName}' does not exist. Give the path of a workflow definition.");
            if (parsed.GetValue(json)) JsonOutput.WriteRows(context.Terminal.Output, new { File = path.FullName, Valid = problems.Count == 0, Problems = problems });
            else if (problems.Count == 0) context.Terminal.Output.WriteLine($"{path.Name} is valid.");
            else
            {
                foreach (var problem in problems) context.Terminal.Output.WriteLine(problem);
                var noun = problems.Count == 1 ? "problem" : "problems";
                context.Terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path.Name} has {problems.Count} {noun}."));
            }
            return problems.Count == 0 ? ExitCodes.Succeeded : ExitCodes.Failed;
        });
        return command;
    }

    static string Default(ArgumentDefinition input) => input switch
    {
        { IsRequired: true } => ", required",
        { Default: { ValueKind: not (System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.Undefined) } value } => $", default {value}",
        _ => "",
    };
}
