using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;

namespace Orchestrator.Workflows.Expressions;

/// <summary>Functions that convert a text to a number and refuse one whose digits would be lost.</summary>
static class ScriptNumbers
{
    const string Constructor = "Number";

    /// <summary>Guards what a script may use of it.</summary>
    /// <param name="guard">Guards a function of an object, by what looks at its arguments first.</param>
    public static void Define(Engine engine, ScriptShape shape, Action<ObjectInstance, string, Action<JsValue, JsValue[]>> guard)
    {
        var (readsIntegers, readsReals) = (shape.MayName("parseInt"), shape.MayName("parseFloat"));
        if (!readsIntegers && !readsReals && !shape.MayReach(Constructor)) return;
        var numbers = ScriptConstructor.Replace(engine, Constructor, static arguments => ExactNumbers.EnsureNumber(arguments.At(0)));
        foreach (var owner in (ObjectInstance[])[engine.Global, numbers])
        {
            if (readsIntegers) guard(owner, "parseInt", static (_, arguments) => EnsureInteger(arguments));
            if (readsReals) guard(owner, "parseFloat", static (_, arguments) => EnsureReal(arguments.At(0)));
        }
    }

    static void EnsureInteger(JsValue[] arguments)
    {
        if (!arguments.At(0).IsString()) return;
        var radix = arguments.At(1).IsUndefined() ? 0 : TypeConverter.ToInt32(arguments.At(1));
        if (radix is 0 or >= 2) ExactNumbers.EnsureInteger(arguments.At(0).AsString(), radix);
    }

    static void EnsureReal(JsValue text)
    {
        if (text.IsString()) ExactNumbers.EnsureReal(text.AsString());
    }
}
