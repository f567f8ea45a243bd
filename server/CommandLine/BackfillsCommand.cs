using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Client;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Backfills;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>backfills</c>: one run of a workflow for each month of a range.</summary>
static class BackfillsCommand
{
    const string Last = "last";

    public static Command Create(CommandContext context) => new("backfills", "Runs for many months.")
    {
        CreateStart(context), CreateList(context), CreateShow(context),
        CreateMove(context, "pause", "Lets no further month start; runs that have started go on."),
        CreateMove(context, "resume", "Goes on with a backfill that was paused."),
        CreateCancel(context),
    };

    static Command CreateStart(CommandContext context)
    {
        var workflow = new Argument<string>("WORKFLOW") { HelpName = "WORKFLOW", Description = "The workflow's id." };
        workflow.CompletionSources.Add(_ => context.Workflows.Names);
        var from = CommandContext.Month("--from", "The earliest month.", context.Terminal.Time);
        var to = CommandContext.Month("--to", "The latest month.", context.Terminal.Time);
        (from.Required, to.Required) = (true, true);
        var order = new Option<string>("--order")
        {
            Description = "Order in which the months start.",
            HelpName = "oldest-first|newest-first",
            DefaultValueFactory = _ => "oldest-first",
        };
        order.AcceptOnlyFromAmong("oldest-first", "newest-first");
        var reprocess = new Option<string>("--reprocess")
        {
            Description = "Months that run again although they were run before.",
            HelpName = "none|failed|all",
            DefaultValueFactory = _ => "none",
        };
        reprocess.AcceptOnlyFromAmong("none", "failed", "all");
        var active = new Option<string>("--when-active")
        {
            Description = "Handling of a month that another run is working on.", HelpName = "wait|skip", DefaultValueFactory = _ => "wait",
        };
        active.AcceptOnlyFromAmong("wait", "skip");
        var parallel = new Option<int>("--max-parallel") { Description = "Runs at once.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var priority = new Option<int>("--priority") { Description = "Priority of its runs.", HelpName = "N" };
        var inputs = new Option<string[]>("--input")
        {
            Description = "Value of an input of its runs; @ and a path read the content of a file.", HelpName = "NAME=VALUE",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would happen." };
        var json = CommandContext.Json();
        var command = new Command("start", "Runs a workflow for each month of a range.") { workflow, from, to, order, reprocess, active, parallel, priority, inputs, dryRun, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var id = parsed.GetRequiredValue(workflow);
            await using var api = await context.ConnectAsync(parsed, cancellationToken);
            var request = new BackfillRequest
            {
                Workflow = id, From = parsed.GetValue(from)!.Value, To = parsed.GetValue(to)!.Value,
                Order = parsed.GetValue(order) == "newest-first" ? BackfillOrder.NewestFirst : BackfillOrder.OldestFirst,
                Reprocess = Enum.Parse<Reprocess>(parsed.GetRequiredValue(reprocess), ignoreCase: true),
                WhenActive = Enum.Parse<ActiveMonth>(parsed.GetRequiredValue(active), ignoreCase: true),
                MaxParallel = parsed.GetValue(parallel), Priority = parsed.GetValue(priority), DryRun = parsed.GetValue(dryRun),
                Inputs = await GivenInputs.ReadAsync(api, id, parsed.GetValue(inputs) ?? [], new BackfillRequest { Workflow = id, From = default, To = default }.Inputs, cancellationToken),
            };
            if (request.DryRun)
            {
                WritePreview(context, await api.PostAsync<BackfillPreviewResponse>("backfills", request, cancellationToken), parsed.GetValue(json));
                return;
            }
            Write(context, await api.PostAsync<BackfillResponse>("backfills", request, cancellationToken), parsed.GetValue(json));
            SchedulesCommand.WarnIfNobodyRuns(context, api);
        });
        return command;
    }

    static Command CreateList(CommandContext context)
    {
        var limit = new Option<int>("--limit")
        {
            Description = "Maximum number of backfills.", HelpName = "N", DefaultValueFactory = _ => 20,
        };
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the backfills, newest first.") { limit, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var page = await context.ReadAsync(parsed, new Page<BackfillResponse>([], Next: null), api => api.GetAsync<Page<BackfillResponse>>(
                string.Create(CultureInfo.InvariantCulture, $"backfills?limit={parsed.GetValue(limit)}"), cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, page.Items);
                return;
            }
            var table = new TextTable("backfill", "workflow", "from", "to", "status", "months", "created");
            foreach (var backfill in page.Items)
            {
                table.Add(backfill.Id.ToString(), backfill.Workflow, backfill.From.ToString(), backfill.To.ToString(), backfill.Status.ToString(), Progress(backfill),
                    SchedulesCommand.When(backfill.CreatedAt));
            }
            table.WriteTo(context.Terminal.Output, "There is no backfill. 'orchestrator backfills start' begins one.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var (id, json) = (BackfillArgument(), CommandContext.Json());
        var command = new Command("show", "Shows a backfill with its months.") { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var found = await api.GetAsync<BackfillDetailResponse>(await FindAsync(api, parsed.GetRequiredValue(id), cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, found);
                return;
            }
            Write(context, found.Backfill, isJson: false);
            var table = new TextTable("partition", "status", "run", "reason");
            foreach (var month in found.Partitions)
            {
                var status = month is { Status: BackfillPartitionStatus.Started, RunStatus: { } run } ? run.ToString() : month.Status.ToString();
                table.Add(month.Partition.ToString(), status, month.RunId?.ToString() ?? "", month.Reason ?? "");
            }
            table.WriteTo(context.Terminal.Output, "It has no months.");
        });
        return command;
    }

    static Command CreateMove(CommandContext context, string way, string description)
    {
        var (id, json) = (BackfillArgument(), CommandContext.Json());
        var command = new Command(way, description) { id, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var path = await FindAsync(api, parsed.GetRequiredValue(id), cancellationToken);
            Write(context, await api.PostAsync<BackfillResponse>($"{path}/{way}", body: null, cancellationToken), parsed.GetValue(json));
        });
        return command;
    }

    static Command CreateCancel(CommandContext context)
    {
        var (id, json) = (BackfillArgument(), CommandContext.Json());
        var runs = new Option<bool>("--runs") { Description = "Cancel the started runs too." };
        var command = new Command("cancel", "Cancels a backfill; started runs continue unless --runs is given.") { id, runs, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var api = await context.ConnectToDataAsync(parsed, cancellationToken);
            var path = await FindAsync(api, parsed.GetRequiredValue(id), cancellationToken);
            var request = new CancelBackfillRequest { CancelRuns = parsed.GetValue(runs) };
            Write(context, await api.PostAsync<BackfillResponse>($"{path}/cancel", request, cancellationToken), parsed.GetValue(json));
        });
        return command;
    }

    static Argument<string> BackfillArgument() => new("BACKFILL") { Description = $"A backfill's id, the beginning of one, or '{Last}'." };

    static async Task<string> FindAsync(ApiClient api, string text, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(text, out var id)) return $"backfills/{id}";
        var all = (await api.GetAsync<Page<BackfillResponse>>("backfills?limit=500", cancellationToken)).Items;
        var found = text == Last ? [.. all.Take(1)] : all.Where(backfill => backfill.Id.ToString().StartsWith(text, StringComparison.OrdinalIgnoreCase)).ToList();
        return found is [var only] ? $"backfills/{only.Id}" : throw new UsageException(found.Count == 0
            ? $"There is no backfill '{text}'. 'orchestrator backfills list' shows the ids."
            : $"'{text}' is the beginning of {found.Count} backfills. Give more of the id.");
    }

    static void Write(CommandContext context, BackfillResponse backfill, bool isJson)
    {
        if (isJson) JsonOutput.Write(context.Terminal.Output, backfill);
        else context.Terminal.Output.WriteLine($"Backfill {backfill.Id} of {backfill.Workflow}, {backfill.From} to {backfill.To}: {backfill.Status} ({Progress(backfill)})");
    }

    static void WritePreview(CommandContext context, BackfillPreviewResponse preview, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.Write(context.Terminal.Output, preview);
            return;
        }
        var table = new TextTable("partition", "runs", "why", "overwrites");
        foreach (var month in preview.Partitions)
        {
            table.Add(month.Partition.ToString(), month.WillRun ? "yes" : "no", month.Reason ?? "",
                string.Join(", ", month.Overwrites.Select(asset => string.Create(CultureInfo.InvariantCulture, $"{asset.Asset} ({asset.Rows} rows)"))));
        }
        table.WriteTo(context.Terminal.Output, "There is no month.");
        context.Terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{preview.Runs} runs with {preview.Activities} activities. Nothing was started."));
    }

    static string Progress(BackfillResponse backfill) =>
        string.Join(", ", backfill.Progress.OrderBy(part => part.Key).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Value} {part.Key.ToString().ToLowerInvariant()}")));
}
