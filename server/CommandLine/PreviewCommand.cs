using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Hosting;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules preview</c>: when something is due, before anything is scheduled; that needs neither database nor server.</summary>
static class PreviewCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("SCHEDULE") { Description = "A schedule that is there; not together with --cron.", Arity = ArgumentArity.ZeroOrOne };
        var cron = new Option<string?>("--cron") { Description = "5 fields (minute hour day month weekday), or 6 with seconds first; L, W and # too.", HelpName = "CRON" };
        var zone = new Option<string?>("--zone") { Description = "The time zone of --cron; UTC where it is not given.", HelpName = "ZONE" };
        var after = new Option<DateTimeOffset?>("--after")
        {
            Description = "The moment to look from, in UTC unless it says otherwise; now where it is not given.", HelpName = "TIME",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (IsoMoments.TryMoment(text, out var moment)) return moment;
                result.AddError($"'{text}' is not a moment. Write it such as 2026-10-01T00:00:00Z.");
                return null;
            },
        };
        var count = new Option<int>("--count") { Description = "How many due times.", HelpName = "N", DefaultValueFactory = _ => PreviewResponse.DefaultCount };
        var json = CommandContext.Json();
        var command = new Command("preview", "Lists when a schedule will be due, and what a change of the clocks does to it.") { id, cron, zone, after, count, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(id) is null == result.GetValue(cron) is null) result.AddError("Give either the name of a schedule, or --cron and --zone.");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var from = parsed.GetValue(after);
            PreviewResponse answer;
            if (parsed.GetValue(id) is { } schedule)
            {
                await using var api = await context.ConnectAsync(parsed, cancellationToken);
                var query = string.Create(CultureInfo.InvariantCulture, $"count={parsed.GetValue(count)}{(from is { } at ? $"&after={at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'}" : "")}");
                answer = await api.GetAsync<PreviewResponse>($"{SchedulesCommand.PathOf(schedule)}/preview?{query}", cancellationToken);
            }
            else
            {
                answer = Answer(parsed.GetValue(cron)!, parsed.GetValue(zone) ?? "UTC", from ?? context.Terminal.Time.GetUtcNow(), parsed.GetValue(count));
            }
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, answer);
            else Write(context, answer);
        });
        return command;
    }

    /// <summary>Writes due times, one a line, then what is unusual about them.</summary>
    public static void Write(CommandContext context, PreviewResponse preview)
    {
        foreach (var due in preview.Next) context.Terminal.Output.WriteLine($"{due:yyyy-MM-dd'T'HH:mm:ss'Z'}");
        foreach (var note in preview.Notes ?? []) context.Terminal.Output.WriteLine(note);
    }

    static PreviewResponse Answer(string cron, string zone, DateTimeOffset after, int count)
    {
        try
        {
            return PreviewResponse.Of(SchedulePreview.Of(CronRule.Parse(cron, zone), after, count));
        }
        catch (SchedulingException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }
}
