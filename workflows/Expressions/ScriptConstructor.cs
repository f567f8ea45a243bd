using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime.Descriptors;

namespace Orchestrator.Workflows.Expressions;

/// <summary>A built-in constructor that looks at its arguments first. The original one is out of reach.</summary>
sealed class ScriptConstructor : Constructor
{
    readonly Constructor original;
    readonly Action<JsValue[]> check;

    ScriptConstructor(Engine engine, string name, Constructor original, Action<JsValue[]> check) : base(engine, name)
    {
        (this.original, this.check, Prototype) = (original, check, original.Prototype);
        var made = original.Get("prototype").AsObject();
        foreach (var (key, property) in original.GetOwnProperties())
            if (key.IsSymbol() || key.ToString() is not ("name" or "length" or "prototype")) DefineOwnProperty(key, property);
        _prototypeDescriptor = new PropertyDescriptor(made, PropertyFlag.AllForbidden);
        made.FastSetDataProperty("constructor", this);
    }

    /// <summary>Puts it in the place of the original one.</summary>
    /// <param name="check">Refuses arguments.</param>
    public static ObjectInstance Replace(Engine engine, string name, Action<JsValue[]> check)
    {
        if (engine.Global.Get(name) is not Constructor original)
            throw new InvalidOperationException($"The engine has no constructor '{name}'.");
        var replaced = new ScriptConstructor(engine, name, original, check);
        engine.Global.FastSetDataProperty(name, replaced);
        return replaced;
    }

    /// <inheritdoc/>
    protected override JsValue Call(JsValue thisObject, JsValue[] arguments)
    {
        check(arguments);
        return JsValueExtensions.Call(original, thisObject, arguments);
    }

    /// <inheritdoc/>
    public override ObjectInstance Construct(JsValue[] arguments, JsValue newTarget)
    {
        check(arguments);
        return original.Construct(arguments, ReferenceEquals(newTarget, this) ? original : newTarget);
    }
}
