using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Server.Scheduling;

/// <summary>Importer of the schedules that ship in <c>workflows/schedules/*.json</c>; a file's name is its schedule's.</summary>
sealed partial class ShippedSchedules(ScheduleStore schedules, ILogger<ShippedSchedules> log)
{
    /// <summary>Creates schedules that were never created here. Changes and deletions by a person stay.</summary>
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
            catch (Exception error) when (error is SchedulingException or JsonException or InvalidDataException)
            {
                // Its workflow does not ship here, or the file is invalid; the others are still imported.
                NotImported(file, error.Message);
            }
        }
    }

    [LoggerMessage(4031, LogLevel.Warning, "The schedule in {File} was skipped: {Reason}")]
    partial void NotImported(string file, string reason);
}
