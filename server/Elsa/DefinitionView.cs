using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;

namespace Orchestrator.Server.Elsa;

/// <summary>Writer of definitions as Elsa 3 shows them: the stored document, with the additions of a stock server.</summary>
sealed class DefinitionView(ActivityRegistry registry)
{
    /// <summary>Nesting of the deepest document, with its envelope.</summary>
    const int MaximumDepth = 1_100;

    const string Schema = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json";

    static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaximumDepth, SkipValidation = true };

    static readonly string[] Lists = ["variables", "inputs", "outputs", "outcomes"];

    // Members that a stock server writes itself, from the version's metadata.
    static readonly HashSet<string> Written = new(
        [.. Lists, "id", "definitionId", "name", "description", "createdAt", "version", "toolVersion", "customProperties", "isReadonly", "isSystem", "isLatest", "isPublished", "options", "root", "links"],
        StringComparer.Ordinal);

    /// <summary>Renders the whole definition.</summary>
    public JsonElement Show(StoredDocument stored, bool mayEdit) => Write(stored, writer => WriteLinks(writer, DefinitionLinks.Of(stored.Definition.DefinitionId, mayEdit)), isExport: false);

    /// <summary>Renders the definition as a file.</summary>
    public byte[] Export(StoredDocument stored) => WriteBytes(stored, static writer => writer.WriteString("$schema", Schema), isExport: true);

    /// <summary>Indexes the activities of a definition by node id.</summary>
    public ActivityPlaces Places(StoredDocument stored) => new(Show(stored, mayEdit: false).GetProperty("root"));

    /// <summary>Restores a document that the Studio saves: stand-ins for unknown activities are replaced by the originals.</summary>
    public static JsonElement Restore(JsonElement model)
    {
        if (JsonMarshal.GetRawUtf8Value(model).IndexOf("Elsa.NotFoundActivity"u8) < 0) return model;
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Writing)) ActivityView.WriteOriginal(writer, model, references: null);
        return JsonElement.Parse(buffer.WrittenSpan, new JsonDocumentOptions { MaxDepth = MaximumDepth });
    }

    JsonElement Write(StoredDocument stored, Action<Utf8JsonWriter> head, bool isExport) =>
        JsonElement.Parse(WriteBytes(stored, head, isExport), new JsonDocumentOptions { MaxDepth = MaximumDepth });

    byte[] WriteBytes(StoredDocument stored, Action<Utf8JsonWriter> head, bool isExport)
    {
        var document = JsonElement.Parse(stored.Document, new JsonDocumentOptions { MaxDepth = MaximumDepth });
        var definition = stored.Definition;
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer, Writing with { Indented = isExport });
        writer.WriteStartObject();
        head(writer);
        writer.WriteString("id", definition.Id);
        writer.WriteString("definitionId", definition.DefinitionId);
        writer.WriteString("name", definition.Name);
        if (definition.Description is { } description) writer.WriteString("description", description);
        writer.WriteString("createdAt", definition.CreatedAt);
        writer.WriteNumber("version", definition.Version);
        if (definition.ToolVersion is { } tool) writer.WriteString("toolVersion", tool);
        foreach (var list in Lists)
        {
            writer.WriteStartArray(list);
            if (document.TryGetProperty(list, out var items) && items.ValueKind is JsonValueKind.Array)
                foreach (var item in items.EnumerateArray()) WriteItem(writer, list, item);
            writer.WriteEndArray();
        }
        WriteObject(writer, document, "customProperties");
        writer.WriteBoolean("isReadonly", definition.IsReadonly);
        writer.WriteBoolean("isSystem", definition.IsSystem);
        writer.WriteBoolean("isLatest", definition.IsLatest);
        writer.WriteBoolean("isPublished", definition.IsPublished);
        WriteOptions(writer, document);
        foreach (var property in document.EnumerateObject())
            if (!Written.Contains(property.Name)) WriteProperty(writer, property);
        writer.WritePropertyName("root");
        var references = new ReferenceView(document);
        if (isExport) ActivityView.WriteOriginal(writer, document.GetProperty("root"), references);
        else new ActivityView(registry, references).Write(writer, document.GetProperty("root"), "Workflow1");
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    static void WriteItem(Utf8JsonWriter writer, string list, JsonElement item)
    {
        if (list is not "variables" || item.ValueKind is not JsonValueKind.Object)
        {
            WriteRaw(writer, item);
            return;
        }
        writer.WriteStartObject();
        foreach (var property in item.EnumerateObject())
        {
            // A stock server shortens this name; the Studio's list of drivers has both forms.
            if (property.NameEquals("storageDriverTypeName") && property.Value.ValueKind is JsonValueKind.String && property.Value.ValueEquals("Elsa.Workflows.WorkflowInstanceStorageDriver, Elsa.Workflows.Core"))
                writer.WriteString("storageDriverTypeName", "WorkflowInstanceStorageDriver");
            else if (property.Value.ValueKind is not JsonValueKind.Null) WriteProperty(writer, property);
        }
        // Definitions written by hand leave these out; the Studio needs them.
        if (!item.TryGetProperty("id", out _) && item.TryGetProperty("name", out var name)) { writer.WritePropertyName("id"); WriteRaw(writer, name); }
        if (!item.TryGetProperty("isArray", out _)) writer.WriteBoolean("isArray", false);
        writer.WriteEndObject();
    }

    static void WriteOptions(Utf8JsonWriter writer, JsonElement document)
    {
        writer.WriteStartObject("options");
        var isAutomatic = false;
        if (document.TryGetProperty("options", out var options) && options.ValueKind is JsonValueKind.Object)
            foreach (var property in options.EnumerateObject().Where(property => property.Value.ValueKind is not JsonValueKind.Null))
            {
                isAutomatic |= property.NameEquals("autoUpdateConsumingWorkflows");
                WriteProperty(writer, property);
            }
        if (!isAutomatic) writer.WriteBoolean("autoUpdateConsumingWorkflows", false);
        writer.WriteEndObject();
    }

    static void WriteObject(Utf8JsonWriter writer, JsonElement document, string name)
    {
        writer.WritePropertyName(name);
        if (document.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Object) WriteRaw(writer, value);
        else writer.WriteRawValue("{}"u8);
    }

    static void WriteLinks(Utf8JsonWriter writer, IReadOnlyList<ElsaLink> links)
    {
        writer.WritePropertyName("links");
        JsonSerializer.Serialize(writer, links, ElsaJson.Options);
    }

    static void WriteProperty(Utf8JsonWriter writer, JsonProperty property)
    {
        writer.WritePropertyName(property.Name);
        WriteRaw(writer, property.Value);
    }

    internal static void WriteRaw(Utf8JsonWriter writer, JsonElement value) => writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
