using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Schedules;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>schedules preview</c>: when something is due, before anything is scheduled. Needs neither database nor server.</summary>
static class PreviewCommand
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(CommandContext context)
    {
        var cron = new Option<string>("--cron") { Description = "5 fields (minute hour day month weekday), or 6 with seconds first; L, W and # too.", HelpName = "CRON", Required = true };
        var zone = new Option<string>("--zone") { Description = "The time zone.", HelpName = "ZONE", DefaultValueFactory = _ => "UTC" };
        var after = new Option<DateTimeOffset?>("--after")
        {
            Description = "The moment to look from, in UTC unless it says otherwise; now where it is not given.", HelpName = "TIME",
            CustomParser = result =>
            {
                var text = result.Tokens[0].Value;
                if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)) return moment;
                result.AddError($"'{text}' is not a moment. Write it such as 2026-10-01T00:00:00Z.");
                return null;
            },
        };
        var count = new Option<int>("--count") { Description = "How many due times.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var json = CommandContext.Json();
        var command = new Command("preview", "Lists when a schedule will be due, and what a change of the clocks does to it.") { cron, zone, after, count, json };
        command.SetAction(parsed =>
        {
            var answer = Answer(parsed.GetRequiredValue(cron), parsed.GetRequiredValue(zone), parsed.GetValue(after) ?? context.Terminal.Time.GetUtcNow(), parsed.GetValue(count));
            if (parsed.GetValue(json))
            {
                context.Terminal.Output.WriteLine(JsonSerializer.Serialize(answer, Json));
                return;
            }
            foreach (var due in answer.Next) context.Terminal.Output.WriteLine($"{due:yyyy-MM-dd'T'HH:mm:ss'Z'}");
            foreach (var note in answer.Notes ?? []) context.Terminal.Output.WriteLine(note);
        });
        return command;
    }

    static PreviewAnswer Answer(string cron, string zone, DateTimeOffset after, int count)
    {
        try
        {
            return PreviewAnswer.Of(SchedulePreview.Of(CronRule.Parse(cron, zone), after, count));
        }
        catch (SchedulingException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }
}

/// <summary>When a schedule will be due.</summary>
/// <param name="Next">The next due times in UTC, ascending.</param>
/// <param name="Notes">What a change of the clocks does to them, in words; left out where there is nothing to say.</param>
public sealed record PreviewAnswer(
    IReadOnlyList<DateTime> Next, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes)
{
    internal static PreviewAnswer Of(SchedulePreview preview) => new([.. preview.Next.Select(due => due.UtcDateTime)], preview.Notes.Count > 0 ? preview.Notes : null);
}
