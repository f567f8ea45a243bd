using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// Converts events to the form of the journal and back. <see cref="RunEvent"/> lists their types with the names in
/// <see cref="RunEventNames"/>.
/// </summary>
static class RunEventJson
{
    static readonly (string Name, JsonTypeInfo Type)[] Types =
    [
        .. typeof(RunEvent).GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false)
            .Select(known => ((string)known.TypeDiscriminator!, RunEventContext.Default.GetTypeInfo(known.DerivedType)!)),
    ];

    static readonly FrozenDictionary<Type, (string Name, JsonTypeInfo Type)> ByType = Types.ToFrozenDictionary(known => known.Type.Type);
    static readonly FrozenDictionary<string, JsonTypeInfo> ByName =
        Types.ToFrozenDictionary(known => known.Name, known => known.Type, StringComparer.Ordinal);

    /// <summary>The names of all events.</summary>
    public static IEnumerable<string> Names => Types.Select(known => known.Name);

    public static string NameOf(RunEvent happened) => ByType[happened.GetType()].Name;

    public static string Write(RunEvent happened) => JsonSerializer.Serialize(happened, ByType[happened.GetType()].Type);

    /// <exception cref="InvalidOperationException">The journal was written by a newer version.</exception>
    public static RunEvent Read(string name, string payload) => ByName.TryGetValue(name, out var type)
        ? (RunEvent)JsonSerializer.Deserialize(payload, type)!
        : throw new InvalidOperationException(
            $"The journal has an event '{name}' that this version does not know. Use the version that wrote it, or a newer one.");
}

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault, UseStringEnumConverter = true, MaxDepth = 1_024)]
[JsonSerializable(typeof(RunEvent))]
sealed partial class RunEventContext : JsonSerializerContext;
