using System.CommandLine;
using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules add</c> and <c>schedules edit</c>: options of a schedule.</summary>
sealed class ScheduleEditing
{
    readonly CommandContext context;
    readonly Option<string?> cron = new("--cron") { Description = "5 fields (minute hour day month weekday), or 6 with seconds first; L, W and # too.", HelpName = "CRON" };
    readonly Option<string?> zone = new("--zone") { Description = "IANA name of the time zone; default UTC.", HelpName = "ZONE" };
    readonly Option<string?> mapping = new("--mapping")
    {
        Description = "Month that a due time maps to; default the previous one.", HelpName = "previous-month|same-month|none",
    };
    readonly Option<string?> catchUp = new("--catch-up")
    {
        Description = "Missed due times that run; default all.", HelpName = "all|last|none",
    };
    readonly Option<int?> parallel = new("--max-parallel") { Description = "Runs at once; default 1.", HelpName = "N" };
    readonly Option<int?> priority = new("--priority") { Description = "Priority of its runs; default 0.", HelpName = "N" };
    readonly Option<string[]> inputs = new("--input")
    {
        Description = "Value of an input of its runs; @ and a path read the content of a file.", HelpName = "NAME=VALUE",
    };
    readonly Option<bool> json = CommandContext.Json();

    ScheduleEditing(CommandContext context)
    {
        this.context = context;
        mapping.AcceptOnlyFromAmong("previous-month", "same-month", "none");
        catchUp.AcceptOnlyFromAmong("all", "last", "none");
    }

    public static Command CreateAdd(CommandContext context)
    {
        var edit = new ScheduleEditing(context);
        edit.cron.Required = true;
        var workflow = new Argument<string>("WORKFLOW") { HelpName = "WORKFLOW", Description = "The workflow's id." };
        workflow.CompletionSources.Add(_ => context.Workflows.Names);
        var name = new Option<string?>("--name") { Description = "Name of the schedule; default that of the workflow.", HelpName = "NAME" };
        var off = new Option<bool>("--off") { Description = "Create the schedule switched off." };
        var command = new Command("add", "Creates a schedule.") { workflow, name, off };
        edit.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = parsed.GetRequiredValue(workflow);
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var said = await edit.ApplyAsync(parsed, api, new ScheduleRequest { Workflow = id, Cron = "", IsOn = !parsed.GetValue(off) }, cancellationToken);
            edit.Write(parsed, await api.PostAsync<ScheduleResponse>("schedules", new NewScheduleRequest(said) { Id = parsed.GetValue(name) }, cancellationToken));
            if (said.IsOn) SchedulesCommand.WarnIfNobodyRuns(context, api);
        });
        return command;
    }

    public static Command CreateEdit(CommandContext context)
    {
        var edit = new ScheduleEditing(context);
        var id = SchedulesCommand.Schedule();
        var command = new Command("edit", "Changes a schedule; omitted options keep their values.") { id };
        edit.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var path = SchedulesCommand.PathOf(parsed.GetRequiredValue(id));
            var before = await api.GetAsync<ScheduleResponse>(path, cancellationToken);
            edit.Write(parsed, await api.SendAsync<ScheduleResponse>(
                HttpMethod.Put, path, await edit.ApplyAsync(parsed, api, before.ToRequest(), cancellationToken), [("If-Match", EntityTags.Of(before.Version))], cancellationToken));
        });
        return command;
    }

    void AddTo(Command command)
    {
        foreach (var option in (Option[])[cron, zone, mapping, catchUp, parallel, priority, inputs, json]) command.Add(option);
    }

    async Task<ScheduleRequest> ApplyAsync(ParseResult parsed, ApiClient api, ScheduleRequest before, CancellationToken cancellationToken) => before with
    {
        Cron = parsed.GetValue(cron) ?? before.Cron,
        Zone = parsed.GetValue(zone) ?? before.Zone,
        Mapping = parsed.GetValue(mapping) switch
        {
            "previous-month" => PartitionMapping.PreviousMonth,
            "same-month" => PartitionMapping.SameMonth,
            "none" => PartitionMapping.None,
            _ => before.Mapping,
        },
        CatchUp = parsed.GetValue(catchUp) is { } chosen ? Enum.Parse<CatchUp>(chosen, ignoreCase: true) : before.CatchUp,
        MaxParallel = parsed.GetValue(parallel) ?? before.MaxParallel,
        Priority = parsed.GetValue(priority) ?? before.Priority,
        Inputs = await GivenInputs.ReadAsync(api, before.Workflow, parsed.GetValue(inputs) ?? [], before.Inputs, cancellationToken),
    };

    void Write(ParseResult parsed, ScheduleResponse schedule)
    {
        if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, schedule);
        else SchedulesCommand.Write(context, schedule);
    }
}

/// <summary>Inputs for runs that start later.</summary>
static class GivenInputs
{
    /// <summary>Merges the given inputs, converted as the workflow declares them, into the existing ones.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonElement>> ReadAsync(
        ApiClient api, string workflow, IReadOnlyList<string> given, IReadOnlyDictionary<string, JsonElement> before, CancellationToken cancellationToken)
    {
        if (given.Count == 0) return before;
        var names = given.Select(text => text.Split('=')[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        // Defaults are not stored: each run takes the workflow's own at its start. The server checks the whole.
        var values = InputValues.ReadGiven(await SubmittedRun.ReadAsync(api, workflow, cancellationToken), given);
        return new Dictionary<string, JsonElement>(before.Where(value => !names.Contains(value.Key)).Concat(values), StringComparer.OrdinalIgnoreCase);
    }
}
