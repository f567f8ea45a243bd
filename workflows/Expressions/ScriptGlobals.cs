using System.Text.Json;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Globals of a script besides the language, with Elsa's names: <see cref="ScriptFunctions"/>, and by the names in its scope
/// <c>getGreeting()</c>, <c>setGreeting(value)</c>, <c>variables.Greeting</c>, <c>getpartition()</c> of an input,
/// <c>getStagedFromGenerateSales1()</c> of an output.
/// </summary>
sealed class ScriptGlobals(Engine engine, ExpressionScope scope)
{
    JsObject? variables;
    Dictionary<string, JsonElement> before = [];

    /// <summary>Defines the names that a script uses; all of them if its text does not show which names it reaches.</summary>
    public void Define(IReadOnlyCollection<string>? used)
    {
        if (used is null || used.Contains("globalThis") || used.Contains("this")) used = null;
        foreach (var (name, body) in ScriptFunctions.All)
            if (used?.Contains(name) is not false) DefineFunction(name, arguments => body(engine, scope, arguments));
        // Later definitions win: variables over inputs, inner variables over outer ones.
        foreach (var name in scope.Inputs.Keys) DefineAccessor(used, $"get{name}", _ => ScriptValues.ToScript(engine, scope.Inputs[name]));
        foreach (var name in scope.Variables.Select(variable => variable.Name).Concat(scope.Writes.Keys).Distinct(StringComparer.Ordinal))
        {
            if (name.Length == 0) continue;
            var capital = $"{char.ToUpperInvariant(name[0])}{name.AsSpan(1)}";
            DefineAccessor(used, $"get{capital}", _ => scope.TryFindByName(name, out var value) ? ScriptValues.ToScript(engine, value) : JsValue.Null);
            DefineAccessor(used, $"set{capital}", arguments => ScriptFunctions.Write(engine, scope, name, arguments.At(0)));
        }
        foreach (var name in used ?? []) DefineOutput(name);
        if (used?.Contains("variables") is not false)
        {
            var getter = new ClrFunction(engine, "variables", (_, _) => variables ??= MakeVariables());
            engine.Global.FastSetProperty("variables", new GetSetPropertyDescriptor(getter, JsValue.Undefined, enumerable: true, configurable: true));
        }
    }

    /// <summary>
    /// Copies the values that the script assigned to members of <c>variables</c> into the scope; done after the script, as Elsa does.
    /// </summary>
    public void KeepWrites()
    {
        if (variables is null) return;
        foreach (var (key, property) in variables.GetOwnProperties())
        {
            // A variable that a script cannot represent was neither read nor written.
            if (!property.IsDataDescriptor()) continue;
            var (name, value) = (key.ToString(), ScriptValues.ToJson(engine, property.Value));
            if (!before.TryGetValue(name, out var old) || !Same(old, value)) scope.Write(name, ScriptFunctions.Known(value));
        }
    }

    JsObject MakeVariables()
    {
        var made = new JsObject(engine);
        foreach (var name in scope.Variables.Select(variable => variable.Name).Concat(scope.Writes.Keys).Distinct(StringComparer.Ordinal))
        {
            if (!scope.TryFindByName(name, out var value)) continue;
            before[name] = value;
            try
            {
                made.FastSetDataProperty(name, ScriptValues.ToScript(engine, value));
            }
            catch (ActivityFailedException unfit)
            {
                DefineUnfit(made, name, unfit);
            }
        }
        return made;
    }

    /// <summary>Fails the script that reads a variable which a script cannot represent, and no other.</summary>
    void DefineUnfit(JsObject made, string name, ActivityFailedException unfit)
    {
        var getter = new ClrFunction(engine, name, (_, _) => throw unfit);
        var setter = new ClrFunction(engine, name, (_, arguments) =>
        {
            made.FastSetDataProperty(name, arguments.At(0));
            return JsValue.Undefined;
        });
        made.FastSetProperty(name, new GetSetPropertyDescriptor(getter, setter, enumerable: true, configurable: true));
    }

    // getStagedFromGenerateSales1(); either name may itself contain From.
    void DefineOutput(string name)
    {
        if (!name.StartsWith("get", StringComparison.Ordinal) || name.Length < 9) return;
        for (var from = name.IndexOf("From", 4, StringComparison.Ordinal); from > 0; from = name.IndexOf("From", from + 1, StringComparison.Ordinal))
        {
            if (scope.FindOutput(name[(from + 4)..], name[3..from]) is not { } value) continue;
            DefineFunction(name, _ => ScriptValues.ToScript(engine, value));
            return;
        }
    }

    void DefineAccessor(IReadOnlyCollection<string>? used, string name, Func<JsValue[], JsValue> body)
    {
        if (used?.Contains(name) is not false) DefineFunction(name, body);
    }

    void DefineFunction(string name, Func<JsValue[], JsValue> body) =>
        engine.SetValue(name, new ClrFunction(engine, name, (_, arguments) =>
        {
            // A built-in function may call it in a loop.
            engine.Constraints.Check();
            return body(arguments);
        }));

    static bool Same(JsonElement left, JsonElement right) => JsonElement.DeepEquals(ScriptFunctions.Known(left), ScriptFunctions.Known(right));
}
