using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>workers list</c>.</summary>
static class WorkersCommand
{
    public static Command Create(CommandContext context) => new("workers", "The processes that drive runs.") { CreateList(context) };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the workers; a worker without heartbeats is shown as gone for an hour.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var workers = await context.ReadAsync(parsed, [], api => api.GetAsync<WorkerResponse[]>("workers", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, workers);
                return;
            }
            var table = new TextTable("host", ">process", "roles", ">runs", ">slots", "status", "last seen");
            foreach (var worker in workers)
            {
                table.Add(worker.Host, worker.ProcessId.ToString(CultureInfo.InvariantCulture), string.Join(',', worker.Roles), Figures.Count(worker.Runs),
                    Figures.Count(worker.Slots), worker.Status, TimeZoneInfo.ConvertTime(worker.SeenAt, context.Terminal.Time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            }
            table.WriteTo(context.Terminal.Output, "No worker runs. 'orchestrator serve' starts one.");
        });
        return command;
    }
}
