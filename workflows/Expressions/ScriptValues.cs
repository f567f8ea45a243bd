using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Native.Json;
using Jint.Native.Object;
using Orchestrator.Workflows.Values;
using JsonSerializer = Jint.Native.Json.JsonSerializer;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Converts values between JSON and a script's engine.</summary>
static class ScriptValues
{
    /// <summary>Largest number of levels of a value on its way in or out.</summary>
    public const int MaximumDepth = 256;

    /// <summary>Largest number of characters of a value as JSON, approximately.</summary>
    public const int MaximumText = 10_000_000;

    static readonly JsonDocumentOptions Reading = new() { MaxDepth = MaximumDepth };

    /// <summary>A value as a script sees it.</summary>
    /// <exception cref="ActivityFailedException"><c>expression.conversion</c>: it has a number that a script cannot represent.</exception>
    public static JsValue ToScript(Engine engine, JsonElement value)
    {
        ExactNumbers.Ensure(value);
        return Convert(engine, value);
    }

    static JsValue Convert(Engine engine, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => JsValue.Null,
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.True => JsBoolean.True,
        JsonValueKind.False => JsBoolean.False,
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.Array or JsonValueKind.Object or _ => new JsonParser(engine).Parse(JsonMarshal.GetRawUtf8Value(value)),
    };

    /// <summary>A script's value as JSON: undefined as nothing, dates as ISO text.</summary>
    public static JsonElement ToJson(Engine engine, JsValue value)
    {
        if (value.IsUndefined()) return default;
        if (value.IsNumber() && !double.IsFinite(value.AsNumber()))
            throw Unfit($"The script gave {value.AsNumber().ToString(CultureInfo.InvariantCulture)}, which is no number that can be kept. Check for a division by zero or a text that is no number.");
        EnsureModest(value);
        var text = value.IsCallable() || value.IsSymbol() ? null : new JsonSerializer(engine).Serialize(value).ToString();
        if (text is null or "undefined") throw Unfit("The script gave a function or a symbol, which is no value that can be kept. Call the function.");
        try
        {
            // An unpaired surrogate is legal in scripts and in JSON, but not in text that is stored.
            return DefinitionJson.Parse(text, Reading);
        }
        catch (InvalidOperationException)
        {
            throw Unfit("The script gave a text with half a character (an unpaired surrogate). Cut the text elsewhere.");
        }
        catch (JsonException)
        {
            throw TooDeep();
        }
    }

    /// <summary>
    /// Makes sure that a value is neither nested deeper than <see cref="MaximumDepth"/> nor longer as text than <see cref="MaximumText"/>.
    /// It does not recurse, and visits each object once, however often it is referred to. Getters are not called: a call has its own limit.
    /// </summary>
    public static void EnsureModest(JsValue value)
    {
        if (value is not ObjectInstance root) return;
        var known = new Dictionary<ObjectInstance, Measured>(ReferenceEqualityComparer.Instance);
        var open = new Stack<Measured>();
        Open(root);
        while (open.TryPeek(out var top))
        {
            if (!top.Inner.MoveNext())
            {
                open.Pop();
                if (open.TryPeek(out var outer)) outer.Add(top);
            }
            else if (top.Inner.Current is not ObjectInstance inner) top.Length += top.Inner.Current.IsString() ? top.Inner.Current.AsString().Length : 4;
            else if (known.TryGetValue(inner, out var seen)) top.Add(seen);
            else Open(inner);
            if (open.Count + top.Height > MaximumDepth) throw TooDeep();
            if (top.Length > MaximumText) throw Unfit($"The script made a value longer than {MaximumText} characters of JSON. Make it shorter, or write an activity that writes files.");
        }

        void Open(ObjectInstance found) => open.Push(known[found] = new(
            found.GetOwnProperties().Select(property => property.Value.IsDataDescriptor() ? property.Value.Value : JsValue.Undefined).GetEnumerator()));
    }

    sealed class Measured(IEnumerator<JsValue> inner)
    {
        public IEnumerator<JsValue> Inner => inner;
        public int Height { get; private set; }
        public double Length { get; set; } = 2;

        public void Add(Measured child) => (Height, Length) = (Math.Max(Height, child.Height + 1), Length + child.Length);
    }

    static ActivityFailedException TooDeep() => Unfit($"The script made a value nested deeper than {MaximumDepth} levels. Make it flatter.");

    static ActivityFailedException Unfit(string message) => new("expression.conversion", message, isRetryable: false);
}
