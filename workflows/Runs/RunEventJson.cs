using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Workflows.Runs;

/// <summary>Events as the journal keeps them. The names on the left are persisted: append-only, whatever the types on the right are called.</summary>
static class RunEventJson
{
    static readonly (string Name, JsonTypeInfo Type)[] Types =
    [
        ("run.created", RunEventContext.Default.RunCreated),
        ("run.started", RunEventContext.Default.RunStarted),
        ("run.recovered", RunEventContext.Default.RunRecovered),
        ("run.cancel_requested", RunEventContext.Default.RunCancelRequested),
        ("run.suspended", RunEventContext.Default.RunSuspended),
        ("run.finished", RunEventContext.Default.RunFinished),
        ("activity.scheduled", RunEventContext.Default.ActivityScheduled),
        ("activity.started", RunEventContext.Default.ActivityStarted),
        ("activity.attempt_started", RunEventContext.Default.AttemptStarted),
        ("activity.attempt_failed", RunEventContext.Default.AttemptFailed),
        ("activity.checkpoint_saved", RunEventContext.Default.CheckpointSaved),
        ("activity.completed", RunEventContext.Default.ActivityCompleted),
        ("activity.faulted", RunEventContext.Default.ActivityFaulted),
        ("activity.canceled", RunEventContext.Default.ActivityCanceled),
        ("container.advanced", RunEventContext.Default.ContainerAdvanced),
        ("activity.reused", RunEventContext.Default.ActivityReused),
        ("run.handed_over", RunEventContext.Default.RunHandedOver),
        ("activity.slot_awaited", RunEventContext.Default.SlotAwaited),
        ("activity.slot_taken", RunEventContext.Default.SlotTaken),
        ("container.evaluated", RunEventContext.Default.ContainerEvaluated),
        ("activity.suspended", RunEventContext.Default.ActivitySuspended),
        ("activity.resumed", RunEventContext.Default.ActivityResumed),
        ("activity.attempt_completed", RunEventContext.Default.AttemptCompleted),
    ];

    static readonly FrozenDictionary<Type, (string Name, JsonTypeInfo Type)> ByType = Types.ToFrozenDictionary(known => known.Type.Type);
    static readonly FrozenDictionary<string, JsonTypeInfo> ByName = Types.ToFrozenDictionary(known => known.Name, known => known.Type, StringComparer.Ordinal);

    /// <summary>The names of all events.</summary>
    public static IEnumerable<string> Names => Types.Select(known => known.Name);

    public static string NameOf(RunEvent happened) => ByType[happened.GetType()].Name;

    public static string Write(RunEvent happened) => JsonSerializer.Serialize(happened, ByType[happened.GetType()].Type);

    /// <exception cref="InvalidOperationException">The journal was written by a newer version.</exception>
    public static RunEvent Read(string name, string payload) => ByName.TryGetValue(name, out var type)
        ? (RunEvent)JsonSerializer.Deserialize(payload, type)!
        : throw new InvalidOperationException($"The journal has an event '{name}' that this version does not know. Use the version that wrote it, or a newer one.");
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true, MaxDepth = 1_024)]
[JsonSerializable(typeof(RunCreated))]
[JsonSerializable(typeof(RunStarted))]
[JsonSerializable(typeof(RunRecovered))]
[JsonSerializable(typeof(RunCancelRequested))]
[JsonSerializable(typeof(RunSuspended))]
[JsonSerializable(typeof(RunFinished))]
[JsonSerializable(typeof(ActivityScheduled))]
[JsonSerializable(typeof(ActivityStarted))]
[JsonSerializable(typeof(AttemptStarted))]
[JsonSerializable(typeof(AttemptFailed))]
[JsonSerializable(typeof(CheckpointSaved))]
[JsonSerializable(typeof(ActivityCompleted))]
[JsonSerializable(typeof(ActivityFaulted))]
[JsonSerializable(typeof(ActivityCanceled))]
[JsonSerializable(typeof(ContainerAdvanced))]
[JsonSerializable(typeof(ActivityReused))]
[JsonSerializable(typeof(RunHandedOver))]
[JsonSerializable(typeof(SlotAwaited))]
[JsonSerializable(typeof(SlotTaken))]
[JsonSerializable(typeof(ContainerEvaluated))]
[JsonSerializable(typeof(ActivitySuspended))]
[JsonSerializable(typeof(ActivityResumed))]
[JsonSerializable(typeof(AttemptCompleted))]
sealed partial class RunEventContext : JsonSerializerContext;
