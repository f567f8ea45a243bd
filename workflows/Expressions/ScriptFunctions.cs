using System.Text;
using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// The functions that every script can call, with Elsa's names. Values of .NET there, such as a Guid or bytes, are a text or an array of
/// numbers here.
/// </summary>
static class ScriptFunctions
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>Implementation of a function that scripts can call.</summary>
    public delegate JsValue Body(Engine engine, ExpressionScope scope, JsValue[] arguments);

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, Body> All { get; } = new Dictionary<string, Body>(StringComparer.Ordinal)
    {
        ["getVariable"] = static (engine, scope, arguments) => scope.TryFindByName(Text(arguments, 0), out var value) ? ScriptValues.ToScript(engine, value) : JsValue.Null,
        ["setVariable"] = static (engine, scope, arguments) => Write(engine, scope, Text(arguments, 0), arguments.At(1)),
        ["getInput"] = static (engine, scope, arguments) => scope.TryFindInput(Text(arguments, 0), out var value) ? ScriptValues.ToScript(engine, value) : JsValue.Null,
        ["getOutputFrom"] = static (engine, scope, arguments) => ScriptValues.ToScript(engine,
            scope.FindOutput(Text(arguments, 0), arguments.At(1).IsString() ? Text(arguments, 1) : "Result") ?? default),
        ["getLastResult"] = static (engine, scope, _) => ScriptValues.ToScript(engine, scope.LastResult ?? default),
        ["getCorrelationId"] = static (_, scope, _) => OrNull(scope.CorrelationId),
        ["setCorrelationId"] = static (_, scope, arguments) => WriteOfRun(scope, (scope.OfRun ?? new()) with { CorrelationId = TextOrNull(arguments) ?? "" }),
        ["getWorkflowInstanceId"] = static (_, scope, _) => scope.RunId,
        ["getWorkflowInstanceName"] = static (_, scope, _) => OrNull(scope.RunName),
        ["setWorkflowInstanceName"] = static (_, scope, arguments) => WriteOfRun(scope, (scope.OfRun ?? new()) with { Name = TextOrNull(arguments) ?? "" }),
        ["getWorkflowDefinitionId"] = static (_, scope, _) => scope.DefinitionId,
        ["getWorkflowDefinitionVersion"] = static (_, scope, _) => scope.DefinitionVersion,
        ["getWorkflowDefinitionVersionId"] = static (_, scope, _) => OrNull(scope.DefinitionVersionId),
        ["getSecret"] = static (_, scope, arguments) => scope.UseSecret(Text(arguments, 0)),
        ["toJson"] = static (engine, _, arguments) =>
            ScriptValues.ToJson(engine, arguments.At(0)) is { ValueKind: not JsonValueKind.Undefined } json ? ValueConversion.CompactText(json) : "null",
        ["isNullOrEmpty"] = static (_, _, arguments) => string.IsNullOrEmpty(TextOrNull(arguments)),
        ["isNullOrWhiteSpace"] = static (_, _, arguments) => string.IsNullOrWhiteSpace(TextOrNull(arguments)),
        ["getGuid"] = static (_, _, _) => NewId().ToString(),
        ["getGuidString"] = static (_, _, _) => NewId().ToString(),
        ["getShortGuid"] = static (_, _, _) => Convert.ToBase64String(NewId().ToByteArray())[..22].Replace('/', '_').Replace('+', '-'),
        ["parseGuid"] = static (_, _, arguments) => Guid.TryParse(Text(arguments, 0), out var id) ? id.ToString() : JsValue.Null,
        ["stringToBase64"] = static (_, _, arguments) => Convert.ToBase64String(Utf8.GetBytes(Text(arguments, 0))),
        ["stringFromBase64"] = static (_, _, arguments) => Utf8.GetString(FromBase64(arguments)),
        ["bytesToString"] = static (_, _, arguments) => Utf8.GetString(Bytes(arguments)),
        ["bytesFromString"] = static (engine, _, arguments) => Array(engine, Utf8.GetBytes(Text(arguments, 0))),
        ["bytesToBase64"] = static (_, _, arguments) => Convert.ToBase64String(Bytes(arguments)),
        ["bytesFromBase64"] = static (engine, _, arguments) => Array(engine, FromBase64(arguments)),
    };

    /// <summary>Records that a script wrote a variable.</summary>
    public static JsValue Write(Engine engine, ExpressionScope scope, string name, JsValue value)
    {
        scope.Write(name, Known(ScriptValues.ToJson(engine, value)));
        return JsValue.Undefined;
    }

    static JsValue WriteOfRun(ExpressionScope scope, RunValues written)
    {
        scope.OfRun = written;
        return JsValue.Undefined;
    }

    /// <summary>Null for what a script left undefined.</summary>
    public static JsonElement Known(JsonElement value) => value.ValueKind is JsonValueKind.Undefined ? ValueConversion.ToJson(null) : value;

    // The result of a script is recorded, so it may be random.
    static Guid NewId() => Guid.CreateVersion7();

    static JsValue OrNull(string? text) => text is null ? JsValue.Null : text;

    static string Text(JsValue[] arguments, int index) => arguments.At(index).ToString();

    static string? TextOrNull(JsValue[] arguments) => arguments.At(0) is { } value && (value.IsNull() || value.IsUndefined()) ? null : arguments.At(0).ToString();

    static byte[] FromBase64(JsValue[] arguments)
    {
        try
        {
            return Convert.FromBase64String(Text(arguments, 0));
        }
        catch (FormatException)
        {
            throw new JavaScriptError($"'{JsonCursor.Shorten(Text(arguments, 0))}' is no Base64");
        }
    }

    static byte[] Bytes(JsValue[] arguments) => arguments.At(0) is JsArray array
        ? [.. array.Select(item => item.IsNumber() && item.AsNumber() is >= 0 and <= 255 and var number && double.IsInteger(number) ? (byte)number : throw new JavaScriptError("Bytes are an array of whole numbers from 0 to 255"))]
        : throw new JavaScriptError("Bytes are an array of whole numbers from 0 to 255");

    static JsArray Array(Engine engine, byte[] bytes) => new(engine, [.. bytes.Select(value => JsNumber.Create(value))]);
}

/// <summary>A function was called with an invalid argument.</summary>
sealed class JavaScriptError(string message) : Exception(message);
