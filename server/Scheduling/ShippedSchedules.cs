using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Server.Scheduling;

/// <summary>The schedules that ship beside the workflows, in <c>workflows/schedules/*.json</c>; a file's name is its schedule's.</summary>
sealed partial class ShippedSchedules(ScheduleStore schedules, ILogger<ShippedSchedules> log)
{
    /// <summary>Makes those that were never made here. Whatever a person did with one since then stays, its deletion too.</summary>
    public async Task ImportAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(DefinitionLibrary.ShippedFolder, "schedules");
        if (!Directory.Exists(folder)) return;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            await using var content = File.OpenRead(file);
            try
            {
                var plan = await JsonSerializer.DeserializeAsync<ScheduleRequest>(content, ApiJson.Answers, cancellationToken)
                    ?? throw new InvalidDataException($"The schedule in '{file}' is empty.");
                await schedules.ImportAsync(Path.GetFileNameWithoutExtension(file), plan.ToPlan(), cancellationToken);
            }
            catch (Exception cannot) when (cannot is SchedulingException or JsonException or InvalidDataException)
            {
                // Its workflow does not ship here, or it cannot be read; the others are not to suffer from it.
                NotImported(file, cannot.Message);
            }
        }
    }

    [LoggerMessage(4031, LogLevel.Warning, "The schedule in {File} was left out: {Reason}")]
    partial void NotImported(string file, string reason);
}
