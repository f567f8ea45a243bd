using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>audit list</c>: who asked for which change.</summary>
static class AuditCommand
{
    public static Command Create(CommandContext context)
    {
        var limit = new Option<int>("--limit") { Description = "Number of entries.", HelpName = "N", DefaultValueFactory = _ => 50 };
        var who = new Option<string?>("--who")
        {
            Description = "Only changes by these callers, such as 'person ada' or 'command line'.", HelpName = "WHO",
        };
        var json = CommandContext.Json();
        var list = new Command("list", "Lists who asked for which change, newest first.") { limit, who, json };
        list.SetAction(async (parsed, cancellationToken) =>
        {
            var most = Math.Clamp(parsed.GetValue(limit), 1, 10_000);
            var entries = await context.ReadAsync(parsed, [], api => api.ListAsync<AuditResponse>("audit", Only(parsed.GetValue(who)), most, cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, entries);
                return;
            }
            var table = new TextTable("at (UTC)", "who", "from", "what", "of", "result");
            foreach (var entry in entries)
                table.Add(entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), entry.Who, entry.Address, entry.Action, entry.Resource, entry.Result);
            table.WriteTo(context.Terminal.Output, "Nobody has changed anything yet.");
        });
        return new("audit", "The log of changes: who asked for which change, with the result.") { list };
    }

    static string Only(string? who) => who is null ? "" : $"who={Uri.EscapeDataString(who)}";
}
