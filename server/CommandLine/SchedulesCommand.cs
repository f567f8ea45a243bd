using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules</c>: automatic starts of workflows.</summary>
static class SchedulesCommand
{
    public static Command Create(CommandContext context) => new("schedules", "Automatic starts of workflows.")
    {
        CreateList(context), CreateShow(context), ScheduleEditing.CreateAdd(context), ScheduleEditing.CreateEdit(context), CreateRemove(context),
        CreateSwitch(context, "on", "Switches a schedule on."), CreateSwitch(context, "off", "Switches a schedule off; what was due already waits until it is on again."),
        CreateRunNow(context), PreviewCommand.Create(context), CreateOccurrences(context),
    };

    public static Argument<string> Schedule() => new("SCHEDULE") { Description = "A schedule's name." };

    public static string PathOf(string schedule) => $"schedules/{Uri.EscapeDataString(schedule)}";

    /// <summary>Formats a moment for people.</summary>
    public static string When(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>Writes the properties of a schedule.</summary>
    public static void Write(CommandContext context, ScheduleResponse schedule)
    {
        var output = context.Terminal.Output;
        output.WriteLine($"{schedule.Id}: {schedule.Workflow} at '{schedule.Cron}' in {schedule.Zone}, {(schedule.IsOn ? $"on, next {When(schedule.NextDueAt)}" : "off")}");
        output.WriteLine($"  month {MonthText(schedule.Mapping)}; catches up {schedule.CatchUp.ToString().ToLowerInvariant()}; at most {schedule.MaxParallel} at once; priority {schedule.Priority}; version {schedule.Version}");
        if (schedule.Trigger is { } trigger) output.WriteLine($"  belongs to the activity '{trigger}' of the published workflow: change it there");
        if (schedule.Failing is { } failing)
            output.WriteLine($"  failing since {When(failing.Since)}: {failing.Reason}{(failing.RunId is { } run ? $" ('orchestrator runs show {run}')" : "")}");
        foreach (var note in schedule.Notes ?? []) output.WriteLine($"  {note}");
        foreach (var (name, value) in schedule.Inputs) output.WriteLine($"  input {name} = {value}");
    }

    /// <summary>Warns if no process runs that could carry out the request.</summary>
    public static void WarnIfNobodyRuns(CommandContext context, ApiClient api)
    {
        if (!api.IsRemote) context.Terminal.Error.WriteLine("No server runs on this data folder: it happens when 'orchestrator serve' runs.");
    }

    static string MonthText(PartitionMapping mapping) => mapping switch
    {
        PartitionMapping.PreviousMonth => "before the due time",
        PartitionMapping.SameMonth => "of the due time",
        PartitionMapping.None or _ => "none",
    };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the schedules.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var page = await context.ReadAsync(parsed, new Page<ScheduleResponse>([], Next: null),
                api => api.GetAsync<Page<ScheduleResponse>>("schedules", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, page.Items);
                return;
            }
            var table = new TextTable("schedule", "workflow", "cron", "zone", "on", "next due", "state", "trigger");
            foreach (var schedule in page.Items)
                table.Add(schedule.Id, schedule.Workflow, schedule.Cron, schedule.Zone, schedule.IsOn ? "on" : "off", When(schedule.NextDueAt),
                    schedule.Failing is null ? "" : "failing", schedule.Trigger ?? "");
            table.WriteTo(context.Terminal.Output, "There is no schedule. 'orchestrator schedules add' makes one.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var (id, json) = (Schedule(), CommandContext.Json());
        var command = new Command("show", "Shows a schedule and when it is due next.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var path = PathOf(parsed.GetRequiredValue(id));
            var schedule = await api.GetAsync<ScheduleResponse>(path, cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, schedule);
                return;
            }
            Write(context, schedule);
            PreviewCommand.Write(context, await api.GetAsync<PreviewResponse>($"{path}/preview", cancellationToken));
        });
        return command;
    }

    static Command CreateRemove(CommandContext context)
    {
        var id = Schedule();
        var command = new Command("remove", "Deletes a schedule. Its runs stay.") { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var path = PathOf(parsed.GetRequiredValue(id));
            var schedule = await api.GetAsync<ScheduleResponse>(path, cancellationToken);
            await api.DeleteAsync(path, [("If-Match", EntityTags.Of(schedule.Version))], cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Schedule {schedule.Id} is deleted.");
        });
        return command;
    }

    static Command CreateSwitch(CommandContext context, string way, string description)
    {
        var id = Schedule();
        var command = new Command(way, description) { id };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            Write(context, await api.PostAsync<ScheduleResponse>($"{PathOf(parsed.GetRequiredValue(id))}/{way}", body: null, cancellationToken));
            if (way == "on") WarnIfNobodyRuns(context, api);
        });
        return command;
    }

    static Command CreateRunNow(CommandContext context)
    {
        var (id, json) = (Schedule(), CommandContext.Json());
        var month = CommandContext.Month("--partition", "The month; the one that the schedule would be about now where it is not given.", context.Terminal.Time);
        var command = new Command("run-now", "Runs a schedule now, whether it is on or off.") { id, month, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var due = await api.PostAsync<OccurrenceResponse>(
                $"{PathOf(parsed.GetRequiredValue(id))}/run-now", new RunNowRequest { Partition = parsed.GetValue(month) }, cancellationToken);
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, due);
            else
            {
                var about = due.Partition is { } partition ? $" for {partition}" : "";
                await context.Terminal.Output.WriteLineAsync(due.Status is OccurrenceStatus.Started
                    ? $"Run {due.RunId}{about} is accepted."
                    : $"The run{about} starts when the runs before it have ended.");
            }
            WarnIfNobodyRuns(context, api);
        });
        return command;
    }

    static Command CreateOccurrences(CommandContext context)
    {
        var id = new Argument<string?>("SCHEDULE") { Description = "A schedule's name; default all.", Arity = ArgumentArity.ZeroOrOne };
        var limit = new Option<int>("--limit")
        {
            Description = "Maximum number of due times.", HelpName = "N", DefaultValueFactory = _ => 20,
        };
        var json = CommandContext.Json();
        var command = new Command("occurrences", "Lists due times of schedules with their outcome, newest first.") { id, limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = parsed.GetValue(id) is { } given ? $"{PathOf(given)}/occurrences" : "occurrences";
            var page = await context.ReadAsync(parsed, new Page<OccurrenceResponse>([], Next: null), api => api.GetAsync<Page<OccurrenceResponse>>(
                string.Create(CultureInfo.InvariantCulture, $"{path}?limit={parsed.GetValue(limit)}"), cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, page.Items);
                return;
            }
            var table = new TextTable("schedule", "due", "partition", "status", "run", "reason");
            foreach (var due in page.Items)
            {
                table.Add(due.Schedule, When(due.DueAt), due.Partition?.ToString() ?? "", due.RunStatus?.ToString() ?? due.Status.ToString(),
                    due.RunId?.ToString() ?? "", due.Reason ?? "");
            }
            table.WriteTo(context.Terminal.Output, "Nothing was due yet.");
        });
        return command;
    }
}
