using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Jint;
using Jint.Native;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Tells numbers that scripts and templates can work with, to the last digit, from those that would silently become others.</summary>
static class ExactNumbers
{
    /// <summary>So many characters without an exponent always come through.</summary>
    const int AlwaysExact = 15;

    /// <summary>Makes sure that a script can represent all numbers of a value.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void Ensure(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Number or JsonValueKind.Array or JsonValueKind.Object) Ensure(JsonMarshal.GetRawUtf8Value(value));
    }

    /// <summary>Makes sure of it for a text that a script reads as JSON; what is no JSON is left to the script.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void Ensure(JsValue text)
    {
        if (!text.IsString()) return;
        try
        {
            Ensure(Encoding.UTF8.GetBytes(text.AsString()));
        }
        catch (JsonException)
        {
            // The script's own parser says what is wrong, and where.
        }
    }

    /// <summary>Whether a number, as it is written, is a double-precision number to the last digit.</summary>
    public static bool IsDouble(string number) => (number.Length <= AlwaysExact && number.AsSpan().IndexOfAny('e', 'E') < 0)
        || (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            && Parts(number) == Parts(real.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>A number, as it is written, as a decimal; <see langword="null"/> if it has more digits.</summary>
    public static decimal? ToDecimal(string number) => decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
        && Parts(number) == Parts(exact.ToString(CultureInfo.InvariantCulture)) ? exact : null;

    /// <summary>Says what would become of a number.</summary>
    public static string WhyNot(string number, string where) => $"The number {JsonCursor.Shorten(number)} cannot be represented in {where} to the last digit: it would become "
        + $"{double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)}. Keep it as text, or hand it on without a {where}.";

    static void Ensure(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DefinitionJson.MaximumDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not JsonTokenType.Number || (reader.ValueSpan.Length <= AlwaysExact && reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') < 0)) continue;
            var number = Encoding.UTF8.GetString(reader.ValueSpan);
            if (!IsDouble(number)) throw new ActivityFailedException("expression.conversion", WhyNot(number, "script"), isRetryable: false);
        }
    }

    /// <summary>Significant digits, and the power of ten that they are multiplied by.</summary>
    static (string Digits, long Power) Parts(string number)
    {
        var exponent = number.AsSpan().IndexOfAny('e', 'E');
        var mantissa = exponent < 0 ? number : number[..exponent];
        var power = exponent < 0 ? 0 : long.TryParse(number.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var given) ? given : int.MaxValue;
        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0) power -= mantissa.Length - point - 1;
        var sign = mantissa.StartsWith('-') ? "-" : "";
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('-', '+', '0');
        var significant = digits.TrimEnd('0');
        return significant.Length == 0 ? ("", 0) : (sign + significant, power + digits.Length - significant.Length);
    }
}
