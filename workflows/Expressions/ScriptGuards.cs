using System.Runtime.CompilerServices;
using Acornima;
using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Closes what Jint's own limits leave open: built-in functions that descend into a value once per level, which ends the process when
/// the stack is used up, and single operations that take minutes.
/// </summary>
static class ScriptGuards
{
    // Proxies nest without a limit, and one product of big integers may take minutes; the others are ways to either.
    static readonly string[] Removed = ["Proxy", "BigInt", "BigInt64Array", "BigUint64Array", "Temporal", "ShadowRealm", "Atomics", "SharedArrayBuffer", "Iterator"];

    static readonly string[] DescendingIntoArrays = ["join", "toString", "toLocaleString"];

    static readonly string[] DescendingIntoIterators = ["map", "filter", "take", "drop", "flatMap"];

    // These make up to nine characters of one, or an object of each, in one step.
    static readonly string[] LengtheningFunctions = ["encodeURI", "encodeURIComponent", "escape"];

    static readonly string[] LengtheningMethods = ["match", "replaceAll"];

    const int MaximumText = 1_000_000;

    public static void Apply(Engine engine)
    {
        foreach (var name in Removed) engine.Global.Delete(name);
        var arrays = engine.Intrinsics.Array.Get("prototype").AsObject();
        foreach (var name in DescendingIntoArrays) Replace(engine, arrays, name, (original, self, arguments) => original.Call(self, arguments));
        Replace(engine, arrays, "flat", (original, self, arguments) =>
        {
            var levels = arguments.At(0).IsUndefined() ? 1 : TypeConverter.ToNumber(arguments.At(0));
            return original.Call(self, new JsValue[] { Math.Min(levels, ScriptValues.MaximumDepth) });
        });
        Replace(engine, engine.Intrinsics.Uint8Array.Get("prototype").AsObject().Prototype!, "toString", (original, self, arguments) => original.Call(self, arguments));
        Replace(engine, engine.Global.Get("JSON").AsObject(), "stringify", (original, self, arguments) =>
        {
            ScriptValues.EnsureModest(arguments.At(0));
            return original.Call(self, arguments);
        });
        foreach (var name in LengtheningFunctions) Replace(engine, engine.Global, name, (original, self, arguments) => Short(arguments.At(0)) ? original.Call(self, arguments) : throw TooLong());
        var texts = engine.Global.Get("String").AsObject().Get("prototype").AsObject();
        foreach (var name in LengtheningMethods) Replace(engine, texts, name, (original, self, arguments) => Short(self) ? original.Call(self, arguments) : throw TooLong());
        var iterators = engine.Intrinsics.Array.Get("prototype").AsObject().Get("values").Call(new JsArray(engine), Array.Empty<JsValue>()).AsObject().Prototype!.Prototype!;
        foreach (var name in DescendingIntoIterators) iterators.Delete(name);
        foreach (var name in (string[])["getBigInt64", "getBigUint64"]) engine.Global.Get("DataView").AsObject().Get("prototype").AsObject().Delete(name);
    }

    /// <summary>Finds a literal such as <c>3n</c>.</summary>
    public static bool HasBigInteger(Script program)
    {
        var finder = new BigIntegerFinder();
        finder.Visit(program);
        return finder.Found;
    }

    static bool Short(JsValue text) => !text.IsString() || text.AsString().Length <= MaximumText;

    static MemoryLimitExceededException TooLong() => new($"The text has more than {MaximumText} characters.");

    static void Replace(Engine engine, ObjectInstance owner, string name, Func<JsValue, JsValue, JsValue[], JsValue> guarded)
    {
        var original = owner.Get(name);
        owner.FastSetDataProperty(name, new ClrFunction(engine, name, (self, arguments) =>
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            engine.Constraints.Check();
            return guarded(original, self, arguments);
        }));
    }

    sealed class BigIntegerFinder : AstVisitor
    {
        public bool Found { get; private set; }

        protected override object? VisitLiteral(Literal literal)
        {
            Found |= literal.Kind is TokenKind.BigIntLiteral;
            return base.VisitLiteral(literal);
        }
    }
}
