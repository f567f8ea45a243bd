using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>pools list|set</c>.</summary>
static class PoolsCommand
{
    const string Unlimited = "unlimited";

    public static Command Create(CommandContext context) => new("pools", "Limits of concurrent work.")
    {
        CreateList(context), CreateSet(context),
    };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the limits, and who holds or waits for a slot.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var pools = await context.ReadAsync(parsed, [], api => api.GetAsync<PoolResponse[]>("pools", cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, pools);
                return;
            }
            var table = new TextTable("pool", ">slots", ">taken", ">waiting");
            foreach (var pool in pools) table.Add(pool.Name, SlotsOf(pool), Figures.Count(pool.Held.Count), Figures.Count(pool.Waiting.Count));
            table.WriteTo(context.Terminal.Output, "There are no limits.");
            foreach (var pool in pools.Where(pool => pool.Waiting.Count > 0))
            {
                await context.Terminal.Output.WriteLineAsync();
                await context.Terminal.Output.WriteLineAsync(pool.Name);
                foreach (var use in pool.Held) await context.Terminal.Output.WriteLineAsync($"  has    {Describe(use)}");
                foreach (var use in pool.Waiting) await context.Terminal.Output.WriteLineAsync($"  waits  {Describe(use)}");
            }
        });
        return command;
    }

    static Command CreateSet(CommandContext context)
    {
        var name = new Argument<string>("POOL") { Description = "A pool that activities name, 'runs' for all runs, or 'runs:WORKFLOW' for those of one workflow." };
        var slots = new Argument<int?>("SLOTS")
        {
            Description = $"How many at once, at least 1, or '{Unlimited}'.",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (text == Unlimited) return null;
                if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0) return number;
                result.AddError($"'{text}' is no number of slots. Give 1 or more, or '{Unlimited}'.");
                return null;
            },
        };
        var command = new Command("set", "Sets a limit, which applies at once; running work continues.") { name, slots };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var pool = await api.SendAsync<PoolResponse>(HttpMethod.Put, $"pools/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}",
                new PoolRequest(parsed.GetValue(slots)), [("If-Match", "*")], cancellationToken);
            await context.Terminal.Output.WriteLineAsync($"Pool {pool.Name}: {SlotsOf(pool)}.");
        });
        return command;
    }

    static string SlotsOf(PoolResponse pool) => pool.Slots is { } slots ? Figures.Count(slots) : Unlimited;

    static string Describe(PoolUseResponse use) =>
        string.Join("  ", new[] { use.RunId.ToString(), use.Workflow, use.Partition, use.Activity }.Where(part => part is not null));
}
