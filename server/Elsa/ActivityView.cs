using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;

namespace Orchestrator.Server.Elsa;

/// <summary>
/// Writes activities as a stock server reads them back: with node ids, unset inputs as null, and <c>Elsa.NotFoundActivity</c>
/// in place of unknown types. <see cref="WriteOriginal"/> restores those.
/// </summary>
/// <param name="references">Form of references in expressions.</param>
sealed class ActivityView(ActivityRegistry registry, ReferenceView references)
{
    const string NotFound = "Elsa.NotFoundActivity", Original = "originalActivityJson";

    static readonly string[] Flags = ["canStartWorkflow", "runAsynchronously"];

    /// <summary>Writes an activity with its children.</summary>
    /// <param name="parent">Node id of the parent.</param>
    public void Write(Utf8JsonWriter writer, JsonElement activity, string parent)
    {
        var (id, type) = (TextOf(activity, "id"), TextOf(activity, "type"));
        var nodeId = $"{parent}:{id}";
        registry.TryFind(type, out var descriptor);
        writer.WriteStartObject();
        if (descriptor is null && type != NotFound) WriteNotFound(writer, activity, id, nodeId, type);
        else WriteKnown(writer, activity, nodeId, descriptor);
        writer.WriteEndObject();
    }

    /// <summary>
    /// Writes an activity with its children and replaces stand-ins for unknown types by the originals, at the designer's position.
    /// </summary>
    /// <param name="references">Form of references in expressions; <see langword="null"/> to keep them as they are.</param>
    public static void WriteOriginal(Utf8JsonWriter writer, JsonElement activity, ReferenceView? references)
    {
        if (activity.ValueKind is JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var item in activity.EnumerateArray()) WriteOriginal(writer, item, references);
            writer.WriteEndArray();
        }
        else if (activity.ValueKind is not JsonValueKind.Object) DefinitionView.WriteRaw(writer, activity);
        else if (OriginalOf(activity) is { } original)
        {
            writer.WriteStartObject();
            var isPlaced = activity.TryGetProperty("metadata", out var metadata) && metadata.ValueKind is JsonValueKind.Object && metadata.TryGetProperty("designer", out _);
            foreach (var property in original.EnumerateObject())
            {
                if (isPlaced && property.NameEquals("metadata")) continue;
                WriteOriginalProperty(writer, property, references);
            }
            if (isPlaced)
            {
                writer.WriteStartObject("metadata");
                if (original.TryGetProperty("metadata", out var before) && before.ValueKind is JsonValueKind.Object)
                    foreach (var property in before.EnumerateObject().Where(property => !property.NameEquals("designer"))) property.WriteTo(writer);
                writer.WritePropertyName("designer");
                DefinitionView.WriteRaw(writer, metadata.GetProperty("designer"));
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteStartObject();
            var namesVariable = references is not null && TextOf(activity, "type") is ControlActivities.SetVariable;
            foreach (var property in activity.EnumerateObject())
            {
                if (namesVariable && property.NameEquals("variable"))
                {
                    writer.WritePropertyName(property.Name);
                    references!.WriteVariable(writer, property.Value);
                }
                else WriteOriginalProperty(writer, property, references);
            }
            writer.WriteEndObject();
        }
    }

    static void WriteOriginalProperty(Utf8JsonWriter writer, JsonProperty property, ReferenceView? references)
    {
        writer.WritePropertyName(property.Name);
        if (references is not null && property.NameEquals("expression") && ReferenceView.IsText(property.Value)) references.WriteExpression(writer, property.Value);
        else WriteOriginal(writer, property.Value, references);
    }

    void WriteKnown(Utf8JsonWriter writer, JsonElement activity, string nodeId, ActivityDescriptor? descriptor)
    {
        var children = ChildrenOf(descriptor);
        foreach (var input in descriptor?.Inputs ?? [])
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(input.Name);
            if (!activity.TryGetProperty(name, out _)) writer.WriteNull(name);
        }
        foreach (var property in activity.EnumerateObject())
        {
            if (property.Name is "nodeId" or "customProperties") continue;
            writer.WritePropertyName(property.Name);
            if (children.Contains(property.Name)) WriteInner(writer, property.Value, nodeId);
            else if (IsUntyped(property.Value) && descriptor?.FindInput(property.Name) is { IsWrapped: true } input) WriteTyped(writer, property.Value, input.TypeName);
            else if (descriptor?.FindInput(property.Name)?.Type == typeof(VariableDefinition)) references.WriteVariable(writer, property.Value);
            else references.Write(writer, property.Value);
            if (property.NameEquals("id")) writer.WriteString("nodeId", nodeId);
        }
        if (descriptor?.TypeName is not ControlActivities.Flowchart && !activity.TryGetProperty("name", out _)) writer.WriteNull("name");
        if (!activity.TryGetProperty("version", out _)) writer.WriteNumber("version", 1);
        WriteCustomProperties(writer, activity, descriptor);
        if (!activity.TryGetProperty("metadata", out _)) { writer.WriteStartObject("metadata"); writer.WriteEndObject(); }
        if (descriptor?.IsContainer is true && !activity.TryGetProperty("activities", out _)) { writer.WriteStartArray("activities"); writer.WriteEndArray(); }
        if (descriptor?.TypeName is not ControlActivities.Flowchart) return;
        foreach (var list in (string[])["variables", "connections"])
            if (!activity.TryGetProperty(list, out _)) { writer.WriteStartArray(list); writer.WriteEndArray(); }
    }

    void WriteInner(Utf8JsonWriter writer, JsonElement value, string nodeId)
    {
        if (value.ValueKind is JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var item in value.EnumerateArray()) WriteInner(writer, item, nodeId);
            writer.WriteEndArray();
        }
        else if (value.ValueKind is JsonValueKind.Object && value.TryGetProperty("type", out _)) Write(writer, value, nodeId);
        else if (value.ValueKind is JsonValueKind.Object)
        {
            // A case of a switch holds its activity.
            writer.WriteStartObject();
            foreach (var property in value.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                if (property.NameEquals("activity")) WriteInner(writer, property.Value, nodeId);
                else DefinitionView.WriteRaw(writer, property.Value);
            }
            writer.WriteEndObject();
        }
        else DefinitionView.WriteRaw(writer, value);
    }

    // The Studio names no type for an input that it sets for the first time; a stock server takes it from the activity.
    static bool IsUntyped(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object && value.TryGetProperty("expression", out _) && (!value.TryGetProperty("typeName", out var type) || type.ValueKind is JsonValueKind.Null);

    void WriteTyped(Utf8JsonWriter writer, JsonElement value, string type)
    {
        writer.WriteStartObject();
        writer.WriteString("typeName", type);
        foreach (var property in value.EnumerateObject().Where(property => !property.NameEquals("typeName") && property.Value.ValueKind is not JsonValueKind.Null)) references.WriteProperty(writer, property);
        writer.WriteEndObject();
    }

    static void WriteCustomProperties(Utf8JsonWriter writer, JsonElement activity, ActivityDescriptor? descriptor)
    {
        var given = default(JsonElement);
        var hasAny = activity.ValueKind is JsonValueKind.Object && activity.TryGetProperty("customProperties", out given) && given.ValueKind is JsonValueKind.Object;
        writer.WriteStartObject("customProperties");
        if (hasAny) foreach (var property in given.EnumerateObject()) property.WriteTo(writer);
        if (descriptor?.TypeName is ControlActivities.Flowchart && !(hasAny && given.TryGetProperty("notFoundConnections", out _)))
        {
            writer.WriteStartArray("notFoundConnections");
            writer.WriteEndArray();
        }
        foreach (var flag in Flags)
            if (!(hasAny && given.TryGetProperty(flag, out _))) writer.WriteBoolean(flag, false);
        writer.WriteEndObject();
    }

    static void WriteNotFound(Utf8JsonWriter writer, JsonElement activity, string id, string nodeId, string type)
    {
        writer.WriteString("missingTypeName", type);
        writer.WriteNumber("missingTypeVersion", 0);
        writer.WriteString(Original, activity.GetRawText());
        writer.WriteString("id", id);
        writer.WriteString("nodeId", nodeId);
        writer.WritePropertyName("name");
        if (activity.TryGetProperty("name", out var name)) DefinitionView.WriteRaw(writer, name);
        else writer.WriteNullValue();
        writer.WriteString("type", NotFound);
        writer.WriteNumber("version", 1);
        WriteCustomProperties(writer, default, descriptor: null);
        writer.WriteStartObject("metadata");
        if (activity.TryGetProperty("metadata", out var metadata) && metadata.ValueKind is JsonValueKind.Object)
            foreach (var property in metadata.EnumerateObject().Where(property => property.Name is not ("displayText" or "description"))) property.WriteTo(writer);
        writer.WriteString("displayText", $"Not Found: {type}");
        writer.WriteString("description", $"Could not find activity type {type} with version 0");
        writer.WriteEndObject();
    }

    // Names of an activity's properties that hold activities.
    static HashSet<string> ChildrenOf(ActivityDescriptor? descriptor)
    {
        var names = new HashSet<string>(descriptor?.EmbeddedPorts.Select(JsonNamingPolicy.CamelCase.ConvertName) ?? [], StringComparer.Ordinal);
        if (descriptor?.IsContainer is true) names.Add("activities");
        if (descriptor?.TypeName is ControlActivities.Switch) names.Add("cases");
        return names;
    }

    static JsonElement? OriginalOf(JsonElement activity)
    {
        if (TextOf(activity, "type") != NotFound || TextOf(activity, Original) is not { Length: > 0 } text) return null;
        try
        {
            return JsonElement.Parse(text, new JsonDocumentOptions { MaxDepth = ElsaJson.Options.MaxDepth }) is { ValueKind: JsonValueKind.Object } original ? original : null;
        }
        catch (JsonException)
        {
            // Any other value stays.
            return null;
        }
    }

    static string TextOf(JsonElement activity, string name) =>
        activity.ValueKind is JsonValueKind.Object && activity.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString()! : "";
}
