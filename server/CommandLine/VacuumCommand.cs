using System.CommandLine;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>vacuum</c>.</summary>
static class VacuumCommand
{
    public static Command Create(CommandContext context)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "List what would be removed, and remove nothing." };
        var hours = new Option<double>("--grace")
        {
            Description = "Keep files that are younger than this.", HelpName = "HOURS", DefaultValueFactory = _ => 24,
        };
        hours.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() >= 0)) result.AddError($"'{result.Tokens[0].Value}' is no number of hours. Give 0 or more.");
        });
        var json = CommandContext.Json();
        var command = new Command("vacuum", "Removes files of the object store that nothing refers to: those of attempts that failed, of data that retention removed, and what workers that died left of runs that have ended.")
        {
            dryRun, hours, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var request = new VacuumRequest(parsed.GetValue(dryRun), TimeSpan.FromHours(parsed.GetValue(hours)));
            var answer = await api.PostAsync<VacuumResponse>("vacuum", request, cancellationToken);
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, answer);
            else Show(context.Terminal.Output, answer);
        });
        return command;
    }

    static void Show(TextWriter output, VacuumResponse answer)
    {
        if (answer.IsDryRun)
            foreach (var file in answer.Files) output.WriteLine($"{file.Key}  {Figures.Bytes(file.Bytes)}");
        var what = answer.Count == 1 ? "1 file" : $"{Figures.Count(answer.Count)} files";
        output.WriteLine(answer.IsDryRun ? $"{what}, {Figures.Bytes(answer.Bytes)}, would be removed." : $"{what}, {Figures.Bytes(answer.Bytes)}, removed.");
    }
}
