using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Server.Api;

namespace Orchestrator.Server.CommandLine;

/// <summary>Results for programs: names and forms are stable.</summary>
public static class JsonOutput
{
    // Relaxed escaping: the text goes to a pipe, never into a page.
    static readonly JsonSerializerOptions Rows = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(), new MoneyConverter() },
    };

    static readonly JsonSerializerOptions Documents = new(Rows) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    static readonly JsonSerializerOptions Answers = new(ApiJson.Answers) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes rows, with names such as <c>customer_id</c> and money as text with two decimals.</summary>
    public static void WriteRows<T>(TextWriter output, T rows) => output.WriteLine(JsonSerializer.Serialize(rows, Rows));

    /// <summary>Writes the document of a run, with names such as <c>runId</c>.</summary>
    public static void WriteDocument<T>(TextWriter output, T document) => output.WriteLine(JsonSerializer.Serialize(document, Documents));

    /// <summary>Writes what the API answers, as it answers it.</summary>
    public static void WriteAnswer<T>(TextWriter output, T answer) => output.WriteLine(JsonSerializer.Serialize(answer, Answers));

    /// <summary>Money as text: programs that read numbers as floating point would lose cents.</summary>
    sealed class MoneyConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Results are only written.");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) => writer.WriteStringValue(Figures.PlainMoney(value));
    }
}
