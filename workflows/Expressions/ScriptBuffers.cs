using Jint;
using Jint.Native;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Typed arrays and their buffers, limited in size: the engine allocates them in one step, outside its limits. The original constructors
/// are not reachable.
/// </summary>
static class ScriptBuffers
{
    const string BufferName = "ArrayBuffer";

    static readonly string[] TypedArrays =
    [
        "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float16Array", "Float32Array", "Float64Array",
    ];

    static readonly string[] OfTypedArrays =
    [
        "fill", "filter", "forEach", "indexOf", "join", "lastIndexOf", "map", "reduce", "reduceRight", "set", "slice", "sort", "toLocaleString", "toReversed", "toSorted",
        "toString", "with",
    ];

    /// <summary>Replaces the constructors that a script may use by the limited ones.</summary>
    /// <param name="guard">Guards a function of an object.</param>
    public static void Define(Engine engine, ScriptLimits limits, ScriptShape shape, Action<ObjectInstance, string> guard)
    {
        var used = TypedArrays.Append("DataView").Append(BufferName).Where(shape.MayUseGlobal).ToList();
        if (used.Count == 0) return;
        // Each of them leads to the buffer, and from there to the whole of it.
        foreach (var name in TypedArrays.Append(BufferName))
            if (engine.Global.Get(name) is Constructor original) engine.Global.FastSetDataProperty(name, new Bounded(engine, name, original, limits));
        var arrays = engine.Intrinsics.Uint8Array.Get("prototype").AsObject().Prototype!;
        foreach (var name in OfTypedArrays) guard(arrays, name);
        foreach (var name in (string[])["from", "of"]) guard(engine.Intrinsics.Uint8Array.Prototype!, name);
        var buffers = engine.Global.Get(BufferName).AsObject().Get("prototype").AsObject();
        foreach (var name in (string[])["resize", "slice"]) guard(buffers, name);
        foreach (var name in (string[])["transfer", "transferToFixedLength", "transferToImmutable"]) buffers.Delete(name);
        var views = engine.Global.Get("DataView").AsObject().Get("prototype").AsObject();
        foreach (var name in (string[])["getBigInt64", "getBigUint64", "setBigInt64", "setBigUint64"]) views.Delete(name);
    }

    sealed class Bounded : Constructor
    {
        readonly Constructor original;
        readonly string name;
        readonly ScriptLimits limits;

        public Bounded(Engine engine, string name, Constructor original, ScriptLimits limits) : base(engine, name)
        {
            (this.name, this.original, this.limits) = (name, original, limits);
            // Of a typed array that is %TypedArray%, with from and of; the original itself must not be found.
            Prototype = original.Prototype;
            var made = original.Get("prototype").AsObject();
            _prototypeDescriptor = new PropertyDescriptor(made, PropertyFlag.AllForbidden);
            if (name is BufferName) FastSetDataProperty("isView", original.Get("isView"));
            else FastSetDataProperty("BYTES_PER_ELEMENT", original.Get("BYTES_PER_ELEMENT"));
            made.FastSetDataProperty("constructor", this);
        }

        public override ObjectInstance Construct(JsValue[] arguments, JsValue newTarget)
        {
            Engine.Constraints.Check();
            return original.Construct(name is BufferName ? OfBuffer(arguments) : OfArray(arguments), ReferenceEquals(newTarget, this) ? original : newTarget);
        }

        JsValue[] OfArray(JsValue[] arguments)
        {
            if (arguments.At(0) is not ObjectInstance list) return arguments.Length == 0 ? arguments : [Within(arguments.At(0), limits.ArrayLength)];
            // Objects that claim a length or never end become an array first, which has its own limit.
            return list is JsTypedArray or JsArrayBuffer or JsArray ? arguments : [Engine.Intrinsics.Array.Get("from").Call(Engine.Intrinsics.Array, new JsValue[] { list })];
        }

        JsValue[] OfBuffer(JsValue[] arguments)
        {
            var (bytes, most) = (limits.ArrayLength * 8, arguments.At(1) is ObjectInstance options ? options.Get("maxByteLength") : JsValue.Undefined);
            var length = Within(arguments.At(0), bytes);
            if (most.IsUndefined()) return [length];
            var resizable = new JsObject(Engine);
            resizable.FastSetDataProperty("maxByteLength", Within(most, bytes));
            return [length, resizable];
        }

        /// <summary>Returns a length as a number, so that a second read cannot give another one.</summary>
        JsNumber Within(JsValue length, uint most)
        {
            var wanted = length.IsUndefined() ? 0 : TypeConverter.ToNumber(length);
            return wanted > most
                ? throw new ScriptLimitException($"calls new {name} for {wanted:0} {(name is BufferName ? "bytes" : "elements")}, but {most} is the most")
                : JsNumber.Create(wanted);
        }
    }
}
