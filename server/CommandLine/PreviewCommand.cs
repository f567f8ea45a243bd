using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules preview</c>: shows due times before anything is scheduled; needs neither database nor server.</summary>
static class PreviewCommand
{
    public static Command Create(CommandContext context)
    {
        var id = new Argument<string?>("SCHEDULE")
        {
            Description = "An existing schedule; not together with --cron.", Arity = ArgumentArity.ZeroOrOne,
        };
        var cron = new Option<string?>("--cron") { Description = "5 fields (minute hour day month weekday), or 6 with seconds first; L, W and # too.", HelpName = "CRON" };
        var zone = new Option<string?>("--zone") { Description = "Time zone of --cron; default UTC.", HelpName = "ZONE" };
        var after = new Option<DateTimeOffset?>("--after")
        {
            Description = "Start of the preview, in UTC unless it has an offset; default now.", HelpName = "TIME",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (IsoMoments.TryMoment(text, out var moment)) return moment;
                result.AddError($"'{text}' is not a moment. Write it such as 2026-10-01T00:00:00Z.");
                return null;
            },
        };
        var count = new Option<int>("--count")
        {
            Description = "Number of due times.", HelpName = "N", DefaultValueFactory = _ => PreviewResponse.DefaultCount,
        };
        var json = CommandContext.Json();
        var command = new Command("preview", "Lists the next due times of a schedule, and the effect of daylight saving time.")
        {
            id, cron, zone, after, count, json,
        };
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

    /// <summary>Writes due times, one per line, then remarks about them.</summary>
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
        catch (SchedulingException error)
        {
            throw new UsageException(error.Message);
        }
    }
}
