using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Converts strictly between the JSON of the journal and the types of activities, as Elsa 3 does in strict mode: a value that does not fit
/// fails instead of becoming a default.
/// </summary>
public static class ValueConversion
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerOptions.Web) { MaxDepth = DefinitionJson.MaximumDepth };

    /// <summary>Converts a JSON value to an object of a type.</summary>
    /// <returns>Null for null, for an undefined value and for empty text if the type is not text.</returns>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>: the value does not fit.</exception>
    public static object? Convert(JsonElement value, Type target) => TryConvert(value, target, out var converted)
        ? converted
        : throw new ActivityFailedException("expression.conversion",
            WhyNot(value, target), isRetryable: false);

    /// <summary>Converts a value to the JSON that is recorded for it.</summary>
    public static JsonElement ToJson(object? value) => value switch
    {
        JsonElement json => json,
        // A list of numbers like any other; by default it would become Base64, which cannot be read as a list.
        byte[] bytes => JsonSerializer.SerializeToElement(Array.ConvertAll(bytes, one => (int)one), Web),
        _ => JsonSerializer.SerializeToElement(value, Web),
    };

    /// <summary>Converts a value to the form in which a variable of a declared type keeps it.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>: the value does not fit.</exception>
    public static JsonElement ForVariable(JsonElement value, VariableDefinition variable) => ToJson(Convert(value, TypeOf(variable)));

    /// <summary>A variable's first value: its default converted to its type, null if there is none or it does not fit.</summary>
    public static JsonElement InitialValue(VariableDefinition variable) =>
        variable.Default is { } value && TryConvert(value, TypeOf(variable), out var converted) ? ToJson(converted) : ToJson(null);

    internal static string WhyNot(JsonElement value, Type target) => $"{InWords(value)} cannot be converted to {NameOf(target)}. Give {Example(target)}.";

    internal static string CompactText(JsonElement value) => JsonSerializer.Serialize(value, DefinitionJson.Compact);

    // A variable of type Object keeps the JSON itself, to the last digit.
    static Type TypeOf(VariableDefinition variable) =>
        TypeNames.TypeOf(variable.TypeName, variable.IsArray) is var type && type == typeof(object) ? typeof(JsonElement) : type;

    internal static bool TryConvert(JsonElement value, Type target, out object? converted)
    {
        target = Nullable.GetUnderlyingType(target) ?? target;
        converted = null;
        if (target == typeof(JsonElement))
        {
            converted = value.ValueKind is JsonValueKind.Undefined ? ToJson(null) : value;
            return true;
        }
        if (value.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return true;
        if (target == typeof(string)) converted = TextOf(value);
        else if (target == typeof(object)) converted = ScalarOf(value);
        else if (value.ValueKind is JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString())) converted = target == typeof(bool) ? false : null;
        else if (target == typeof(bool)) converted = BooleanOf(value);
        else if (target.IsEnum) converted = EnumOf(value, target);
        else if (Numbers.Contains(target)) converted = NumberOf(value, target);
        else if (Texts.TryGetValue(target, out var parse)) converted = value.ValueKind is JsonValueKind.String ? parse(value.GetString()!) : null;
        else return TryConvertStructure(value, target, out converted);
        return converted is not null || (value.ValueKind is JsonValueKind.String && string.IsNullOrWhiteSpace(value.GetString()));
    }

    static readonly HashSet<Type> Numbers =
        [typeof(byte), typeof(short), typeof(int), typeof(long), typeof(uint), typeof(ulong), typeof(ushort), typeof(sbyte), typeof(float), typeof(double), typeof(decimal)];

    static readonly Dictionary<Type, Func<string, object?>> Texts = new()
    {
        [typeof(Guid)] = text => Guid.TryParse(text, out var id) ? id : null,
        [typeof(Uri)] = text => Uri.TryCreate(text, UriKind.RelativeOrAbsolute, out var uri) ? uri : null,
        [typeof(TimeSpan)] = text => Durations.TryParse(text, out var duration) ? duration : null,
        [typeof(TimeOnly)] = text => IsoMoments.TryTime(text, out var time) ? time : null,
        [typeof(DateOnly)] = text => IsoMoments.TryDay(text, out var day) ? day : null,
        [typeof(DateTime)] = text => IsoMoments.TryMoment(text, out var moment) ? moment.UtcDateTime : null,
        [typeof(DateTimeOffset)] = text => IsoMoments.TryMoment(text, out var moment) ? moment : null,
    };

    static string TextOf(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.String } => value.GetString()!,
        { ValueKind: JsonValueKind.True } => bool.TrueString,
        { ValueKind: JsonValueKind.False } => bool.FalseString,
        { ValueKind: JsonValueKind.Number } => value.GetRawText(),
        _ => CompactText(value),
    };

    static object ScalarOf(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.String } => value.GetString()!,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Number } => value.TryGetInt64(out var whole) ? whole
            : ExactNumbers.ToDecimal(value.GetRawText()) is { } exact ? exact
            // A number that no type holds to the last digit stays as it is written.
            : ExactNumbers.IsDouble(value.GetRawText()) ? value.GetDouble() : value,
        _ => value,
    };

    static object? BooleanOf(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { ValueKind: JsonValueKind.Number } => value.TryGetDouble(out var number) ? number != 0 : null,
        { ValueKind: JsonValueKind.String } => bool.TryParse(value.GetString(), out var truth) ? truth : null,
        _ => null,
    };

    static object? EnumOf(JsonElement value, Type target) =>
        Enum.TryParse(target, value.ValueKind is JsonValueKind.String ? value.GetString() : value.GetRawText(), ignoreCase: true, out var member)
        && Enum.IsDefined(target, member) ? member : null;

    static object? NumberOf(JsonElement value, Type target)
    {
        var text = value switch
        {
            { ValueKind: JsonValueKind.Number } => value.GetRawText(),
            { ValueKind: JsonValueKind.String } => value.GetString()!.Trim(),
            _ => null,
        };
        if (text is null) return null;
        if (target == typeof(double) || target == typeof(float))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) || !double.IsFinite(real)) return null;
            return target == typeof(double) ? real : float.IsFinite((float)real) ? (float)real : null;
        }
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact)) return null;
        if (target == typeof(decimal)) return ExactNumbers.ToDecimal(text);
        // A number is rounded as Elsa does, half to even; text must be a whole number.
        var whole = decimal.Round(exact, MidpointRounding.ToEven);
        if (value.ValueKind is JsonValueKind.String && whole != exact) return null;
        try
        {
            return System.Convert.ChangeType(whole, target, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    static bool TryConvertStructure(JsonElement value, Type target, out object? converted)
    {
        converted = null;
        try
        {
            // Text that is JSON counts as that JSON: the designer's editors give text.
            if (value.ValueKind is JsonValueKind.String && target != typeof(JsonNode)) value = JsonElement.Parse(value.GetString()!, DefinitionJson.Reading);
            if (target.IsAssignableTo(typeof(JsonNode)))
            {
                converted = value.Deserialize(target, Web);
                return target.IsInstanceOfType(converted);
            }
            if (ElementTypeOf(target) is { } element)
            {
                if (value.ValueKind is not JsonValueKind.Array) return false;
                var items = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(element))!;
                foreach (var item in value.EnumerateArray())
                {
                    if (!TryConvert(item, element, out var made) || (made is null && element.IsValueType && Nullable.GetUnderlyingType(element) is null)) return false;
                    items.Add(made);
                }
                converted = items;
                if (!target.IsArray) return true;
                var array = Array.CreateInstance(element, items.Count);
                items.CopyTo(array, 0);
                converted = array;
                return true;
            }
            converted = value.Deserialize(target, Web);
            return true;
        }
        // Deserialize throws these for JSON that does not fit the type, and for a type that JSON cannot make.
        catch (Exception unfit) when (unfit is JsonException or NotSupportedException or InvalidOperationException or ArgumentException)
        {
            return false;
        }
    }

    static Type? ElementTypeOf(Type target) => target switch
    {
        { IsArray: true } => target.GetElementType(),
        { IsGenericType: true } when target.GetGenericArguments() is [var element] && target.IsAssignableFrom(typeof(List<>).MakeGenericType(element)) => element,
        _ => null,
    };

    static string NameOf(Type target)
    {
        target = Nullable.GetUnderlyingType(target) ?? target;
        return ElementTypeOf(target) is { } element ? $"a list of {NameOf(element)}" : target.Name;
    }

    static string InWords(JsonElement value) => value switch
    {
        { ValueKind: JsonValueKind.Object } => "An object",
        { ValueKind: JsonValueKind.Array } => $"An array of {value.GetArrayLength()}",
        _ => JsonCursor.Shorten(value.GetRawText()),
    };

    static string Example(Type target)
    {
        target = Nullable.GetUnderlyingType(target) ?? target;
        if (target == typeof(bool)) return "true or false";
        if (target.IsEnum) return $"one of {string.Join(", ", Enum.GetNames(target))}";
        if (target == typeof(float) || target == typeof(double) || target == typeof(decimal)) return "a number";
        if (Numbers.Contains(target)) return $"a whole number that fits {target.Name}";
        if (target == typeof(DateOnly)) return "a day such as 2026-10-31";
        if (target == typeof(TimeOnly)) return "a time of day such as 09:30";
        if (target == typeof(TimeSpan)) return Durations.Example;
        if (target == typeof(DateTime) || target == typeof(DateTimeOffset)) return "a moment such as 2026-10-31T12:00:00Z";
        if (Texts.ContainsKey(target)) return $"a text that is a {target.Name}";
        return ElementTypeOf(target) is null ? "a JSON object of that shape" : "a JSON array of that type";
    }
}
