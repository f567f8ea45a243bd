using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.Api;

/// <summary>JSON of the API: camelCase, months as <c>2026-10</c>, exact decimals such as money as text, statuses by name.</summary>
static class ApiJson
{
    /// <summary>Options for the server's answers and the client's reading of them: clients ignore unknown members.</summary>
    public static JsonSerializerOptions Answers { get; } = Configure(new(JsonSerializerDefaults.Web));

    /// <summary>Applies the options that server and client share.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        // Sent as application/json to programs, never embedded in a page.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
        options.Converters.Add(new DecimalConverter());
        options.Converters.Add(new MonthConverter());
        return options;
    }

    /// <summary>Converter of decimals to text: programs that read numbers as floating point would lose cents.</summary>
    sealed class DecimalConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.Number ? reader.GetDecimal()
            : decimal.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new JsonException("Expected a decimal number as text, such as \"12.50\".");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    sealed class MonthConverter : JsonConverter<Partition>
    {
        public override Partition Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType is JsonTokenType.String && Partition.TryParse(reader.GetString(), out var month) ? month
            : throw new JsonException("Expected a month, such as \"2026-10\".");

        public override void Write(Utf8JsonWriter writer, Partition value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
    }
}
