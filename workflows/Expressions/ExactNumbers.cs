using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Jint;
using Jint.Native;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Separates numbers that scripts and templates represent to the last digit from those that they would change silently.</summary>
static partial class ExactNumbers
{
    /// <summary>Largest number of characters without an exponent that are always exact.</summary>
    const int AlwaysExact = 15;

    /// <summary>So many digits always come through, whatever their radix.</summary>
    const int AlwaysExactOfAny = 10;

    /// <summary>More characters than any number has that somebody means.</summary>
    const int Longest = 2_000;

    /// <summary>Makes sure that a script can represent all numbers of a value.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void Ensure(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Number or JsonValueKind.Array or JsonValueKind.Object) Ensure(JsonMarshal.GetRawUtf8Value(value));
    }

    /// <summary>Checks a text that a script reads as JSON; the script itself reports text that is no JSON.</summary>
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
            // The script's own parser reports the error and its place.
        }
    }

    /// <summary>Makes sure of it for a text that a script turns into a number; a text that is none is left to the script.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void EnsureNumber(JsValue text)
    {
        if (!text.IsString()) return;
        var number = text.AsString().AsSpan().Trim();
        if (number is ['0', 'x' or 'X' or 'o' or 'O' or 'b' or 'B', ..]) EnsureInteger(number, radix: 0);
        else EnsureReal(number);
    }

    /// <summary>Makes sure of it for a text that begins with an integer, as <c>parseInt</c> reads it.</summary>
    /// <param name="radix">From 2 to 36; 0 to tell it from the text.</param>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void EnsureInteger(ReadOnlySpan<char> text, int radix)
    {
        var digits = text.TrimStart().TrimStart("+-");
        if (digits is ['0', var kind and ('x' or 'X' or 'o' or 'O' or 'b' or 'B'), ..] && radix is 0 or 16)
        {
            digits = digits[2..];
            radix = kind switch { 'x' or 'X' => 16, 'b' or 'B' => 2, _ => 8 };
        }
        else if (radix == 0) radix = 10;
        var length = 0;
        while (length < digits.Length && DigitOf(digits[length]) < radix) length++;
        if (length <= AlwaysExactOfAny || length > Longest || radix > 36) return;
        var number = DecimalOf(digits[..length].ToString(), radix);
        if (!IsDouble(number)) throw Unfit(number);
    }

    /// <summary>Makes sure of it for a text that begins with a number, as <c>parseFloat</c> reads it.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>.</exception>
    public static void EnsureReal(ReadOnlySpan<char> text)
    {
        var begun = text.TrimStart();
        var number = LeadingNumber().Match(begun[..Math.Min(begun.Length, Longest)].ToString()).Value;
        // Every integer that is smaller is one of the script's numbers.
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)
            && double.IsFinite(real) && Math.Abs(real) >= 1L << 53 && !IsDouble(number)) throw Unfit(number);
    }

    /// <summary>An integer of another radix as a decimal one.</summary>
    public static string DecimalOf(string digits, int radix) =>
        digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + DigitOf(digit)).ToString(CultureInfo.InvariantCulture);

    static int DigitOf(char digit) => char.IsAsciiDigit(digit) ? digit - '0'
        : char.IsAsciiLetter(digit) ? (digit | 0x20) - 'a' + 10 : int.MaxValue;

    static ActivityFailedException Unfit(string number) => new("expression.conversion", WhyNot(number, "script"), isRetryable: false);

    [GeneratedRegex(@"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LeadingNumber();

    /// <summary>Whether a number, as it is written, is a double-precision number to the last digit.</summary>
    public static bool IsDouble(string number) => (number.Length <= AlwaysExact && number.AsSpan().IndexOfAny('e', 'E') < 0)
        || (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            && Parts(number) == Parts(real.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Returns a number, as it is written, as a decimal; <see langword="null"/> if it has more digits.</summary>
    public static decimal? ToDecimal(string number) => decimal.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)
        && Parts(number) == Parts(exact.ToString(CultureInfo.InvariantCulture)) ? exact : null;

    /// <summary>Returns the message about a number that would lose digits.</summary>
    public static string WhyNot(string number, string where) => $"The number {JsonCursor.Shorten(number)} cannot be represented in {where} to the last digit: it would become "
        + $"{double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)}. Keep it as text, or hand it on without a {where}.";

    static void Ensure(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DefinitionJson.MaximumDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not JsonTokenType.Number || (reader.ValueSpan.Length <= AlwaysExact && reader.ValueSpan.IndexOfAny((byte)'e', (byte)'E') < 0)) continue;
            var number = Encoding.UTF8.GetString(reader.ValueSpan);
            if (!IsDouble(number)) throw Unfit(number);
        }
    }

    /// <summary>Returns the significant digits, and the power of ten that they are multiplied by.</summary>
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
