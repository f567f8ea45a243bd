using System.Runtime.CompilerServices;
using Jint;
using Jint.Native;
using Jint.Native.Function;
using Jint.Native.Object;
using Jint.Runtime;
using Jint.Runtime.Descriptors;
using Jint.Runtime.Interop;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Closes the gaps in Jint's own limits. They are checked between statements, so a built-in function that takes minutes or gigabytes by
/// itself, recurses into a value once per level, or calls other built-in functions in a loop, would escape them. Guarded functions check
/// the limits each time and are limited in size. A script pays only for the guards of the functions that it may call.
/// </summary>
sealed class ScriptGuards(Engine engine, ScriptLimits limits, ScriptShape shape)
{
    // Proxies nest without a limit, and one product of big integers may take minutes; the others give access to either.
    static readonly string[] Removed =
        ["Proxy", "BigInt", "BigInt64Array", "BigUint64Array", "Temporal", "ShadowRealm", "Atomics", "SharedArrayBuffer", "Iterator"];

    // A value that is turned into text calls these without their names.
    static readonly string[] Implicit = ["join", "toString", "toLocaleString"];

    static readonly string[] OfArrays =
    [
        "concat", "copyWithin", "every", "fill", "filter", "find", "findIndex", "findLast", "findLastIndex", "flatMap", "forEach",
        "includes", "indexOf", "lastIndexOf", "map", "pop", "push", "reduce", "reduceRight", "reverse", "shift", "slice", "some", "sort", "splice",
        "toReversed", "toSorted", "toSpliced", "unshift", "with",
    ];

    static readonly string[] OfTexts =
    [
        "includes", "indexOf", "lastIndexOf", "localeCompare", "match", "matchAll", "normalize", "replace", "replaceAll", "search", "slice",
        "split", "substr", "substring", "toLocaleLowerCase", "toLocaleUpperCase", "toLowerCase", "toUpperCase", "toWellFormed",
        "trim", "trimEnd", "trimStart",
    ];

    static readonly string[] OfObjects = ["fromEntries", "groupBy"];

    // These take every member of what they are given in one step.
    static readonly string[] Enumerating =
    [
        "assign", "create", "defineProperties", "entries", "freeze", "getOwnPropertyDescriptors", "getOwnPropertyNames",
        "getOwnPropertySymbols", "isFrozen", "isSealed", "keys", "ownKeys", "preventExtensions", "seal", "values",
    ];

    static readonly string[] OfFunctions = ["apply", "bind", "call"];

    static readonly string[] DescendingIntoIterators = ["map", "filter", "take", "drop", "flatMap"];

    // These turn one character into up to nine, or into an object each, in one step.
    static readonly string[] Lengthening = ["encodeURI", "encodeURIComponent", "escape", "match", "replace", "replaceAll", "normalize"];

    // Comparing at every place costs the product of both lengths.
    static readonly string[] Searching = ["includes", "indexOf", "lastIndexOf", "replace", "replaceAll", "split"];

    /// <summary>Largest number of characters of the texts that <see cref="Lengthening"/> functions accept.</summary>
    const int ShortText = 1_000_000;

    /// <summary>Characters of a regular expression; reading each takes up to ten kilobytes.</summary>
    const int LongestPattern = 5_000;

    /// <summary>Comparisons of characters that one search takes; less than a second.</summary>
    const long Comparisons = 10_000_000_000;

    readonly ObjectInstance ofLists = PrototypeOf(engine.Intrinsics.Array);

    /// <summary>Guards an engine before a script runs.</summary>
    public void Apply()
    {
        if (shape.CheckFunction is { } check) DefineCheckFunction(check);
        foreach (var name in Removed) if (shape.MayUseGlobal(name)) engine.Global.Delete(name);
        var arrays = ofLists;
        foreach (var name in Implicit) Replace(arrays, name);
        if (shape.MayName("flat"))
        {
            Replace(arrays, "flat", arguments =>
                [Math.Min(arguments.At(0).IsUndefined() ? 1 : TypeConverter.ToNumber(arguments.At(0)), ScriptValues.MaximumDepth)]);
        }
        Guard(arrays, OfArrays);
        if (shape.MayReach("Array")) Guard(engine.Intrinsics.Array, ["from", "of"]);
        // Nothing here is asynchronous, and it goes on for ever in one step.
        if (shape.MayName("fromAsync")) engine.Intrinsics.Array.Delete("fromAsync");
        if (shape.MayUseGlobal("JSON")) GuardJson(engine.Global.Get("JSON").AsObject());
        foreach (var name in Lengthening) if (shape.MayUseGlobal(name)) Replace(engine.Global, name);
        GuardTexts(PrototypeOf(engine.Global.Get("String").AsObject()));
        if (shape.MayReach("Object")) GuardMembers(engine.Global.Get("Object").AsObject(), OfObjects);
        if (shape.MayUseGlobal("Map")) Guard(engine.Global.Get("Map").AsObject(), ["groupBy"]);
        if (shape.MayReach("Promise")) GuardPromises(engine.Global.Get("Promise").AsObject());
        if (shape.MayUseGlobal("Reflect")) GuardMembers(engine.Global.Get("Reflect").AsObject(), ["apply", "construct"]);
        if (Array.Exists(OfFunctions, shape.MayName)) Guard(PrototypeOf(engine.Intrinsics.Function), OfFunctions);
        if (Array.Exists(DescendingIntoIterators, shape.MayName))
        {
            var iterators = arrays.Get("values").Call(new JsArray(engine), Array.Empty<JsValue>()).AsObject().Prototype!.Prototype!;
            foreach (var name in DescendingIntoIterators) iterators.Delete(name);
        }
        if (shape.MayReach("RegExp")) ScriptConstructor.Replace(engine, "RegExp", arguments => EnsureShortPattern(arguments.At(0)));
        ScriptNumbers.Define(engine, shape, (owner, name, sized) => Replace(owner, name, sized: sized));
        ScriptBuffers.Define(engine, limits, shape, (owner, name) => Replace(owner, name));
    }

    /// <summary>The function that values pass through where the engine would make much of them in one step.</summary>
    void DefineCheckFunction(string name)
    {
        var bytes = 0.0;
        engine.Global.FastSetProperty(name, new PropertyDescriptor(new ClrFunction(engine, name, (_, arguments) =>
        {
            var value = arguments.At(0);
            switch ((ScriptUse)(int)arguments.At(1).AsNumber())
            {
                case ScriptUse.InText:
                    bytes += 2 * LengthOf(value);
                    if (bytes > limits.MemoryBytes) throw new MemoryLimitExceededException("Template literals are too long.");
                    break;
                case ScriptUse.Members:
                    EnsureFewMembers(value, "takes the members of");
                    break;
                case ScriptUse.Added:
                    engine.Constraints.Check();
                    break;
                case ScriptUse.Number:
                    ExactNumbers.EnsureNumber(value);
                    break;
                case ScriptUse.TooManyMembers or _:
                    throw TooManyMembers("takes the members of");
            }
            return value;
        }), PropertyFlag.AllForbidden));
        // A character has nothing of this name, whatever the script does.
        PrototypeOf(engine.Global.Get("String").AsObject())
            .FastSetProperty(name, new PropertyDescriptor(JsValue.Undefined, PropertyFlag.AllForbidden));
    }

    static void EnsureShortPattern(JsValue pattern)
    {
        if (LengthOf(pattern) > LongestPattern)
            throw new ScriptLimitException($"makes a regular expression of more than {LongestPattern} characters");
    }

    void EnsureFewMembers(JsValue value, string what)
    {
        if (LengthOf(value) > limits.Members || (value is ObjectInstance list && list.HasOwnProperty(JsNumber.Create(limits.Members))))
            throw TooManyMembers(what);
    }

    ScriptLimitException TooManyMembers(string what) => new($"{what} a text or list of more than {limits.Members} elements");

    void GuardMembers(ObjectInstance owner, string[] others)
    {
        Guard(owner, others);
        foreach (var name in Enumerating)
        {
            if (shape.MayName(name))
            {
                Replace(owner, name, sized: (_, arguments) =>
                    Array.ForEach(arguments, argument => EnsureFewMembers(argument, $"calls {name} for")));
            }
        }
    }

    void GuardTexts(ObjectInstance texts)
    {
        Guard(texts, OfTexts);
        if (shape.MayName("concat"))
            Replace(texts, "concat", sized: (self, arguments) => EnsureFits(LengthOf(self) + arguments.Sum(LengthOf), "concat"));
        if (shape.MayName("repeat"))
        {
            Replace(texts, "repeat", sized: (self, arguments) =>
                EnsureFits(LengthOf(self) * TypeConverter.ToNumber(arguments.At(0)), "repeat"));
        }
        foreach (var name in (string[])["padStart", "padEnd"])
        {
            if (shape.MayName(name))
                Replace(texts, name, sized: (_, arguments) => EnsureFits(TypeConverter.ToNumber(arguments.At(0)), name));
        }
        if (shape.MayName("raw"))
        {
            Replace(engine.Global.Get("String").AsObject(), "raw", sized: (_, arguments) =>
            {
                var parts = arguments.At(0) is ObjectInstance template && template.Get("raw") is JsArray raw ? raw.Sum(LengthOf) : 0;
                EnsureFits(arguments.Sum(LengthOf) + parts, "raw");
            });
        }
    }

    void GuardJson(ObjectInstance json)
    {
        Replace(json, "stringify", sized: (_, arguments) => ScriptValues.EnsureModest(arguments.At(0)));
        Replace(json, "parse", sized: (_, arguments) => ExactNumbers.Ensure(arguments.At(0)));
    }

    /// <summary>Converts iterables that may never end to arrays first, which have their own limit.</summary>
    void GuardPromises(ObjectInstance promises)
    {
        var lists = engine.Intrinsics.Array;
        foreach (var name in (string[])["all", "allSettled", "any", "race"])
            if (shape.MayName(name)) Replace(promises, name, arguments => [lists.Get("from").Call(lists, new JsValue[] { arguments.At(0) })]);
    }

    void Guard(ObjectInstance owner, string[] names)
    {
        foreach (var name in names) if (shape.MayName(name)) Replace(owner, name);
    }

    /// <param name="changed">Arguments for the function instead of the given ones.</param>
    /// <param name="sized">Refuses arguments that would give too large a result.</param>
    void Replace(ObjectInstance owner, string name, Func<JsValue[], JsValue[]>? changed = null, Action<JsValue, JsValue[]>? sized = null)
    {
        if (owner.Get(name) is not Function original) return;
        var (isLengthening, isSearching) = (Array.IndexOf(Lengthening, name) >= 0, Array.IndexOf(Searching, name) >= 0);
        owner.FastSetDataProperty(name, new ClrFunction(engine, name, (self, arguments) =>
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            engine.Constraints.Check();
            EnsureFits(self, name);
            if (ReferenceEquals(owner, ofLists) && LengthOf(self) > limits.ArrayLength)
                throw new ScriptLimitException($"calls {name} of lists for a text of more than {limits.ArrayLength} characters");
            for (var index = 0; index < arguments.Length; index++)
            {
                EnsureFits(arguments[index], name);
                if (arguments[index] is Function and not ScriptFunction) arguments[index] = Checked((Function)arguments[index]);
            }
            // Of a text, the first place alone is replaced.
            var isOnce = name is "replace" && arguments.At(0).IsString();
            if (isLengthening && !isOnce && (LengthOf(self) > ShortText || LengthOf(arguments.At(0)) > ShortText))
                throw new ScriptLimitException($"calls {name} with a text of more than {ShortText} characters");
            if (name is "match" or "matchAll" or "search") EnsureShortPattern(arguments.At(0));
            if (isSearching && LengthOf(self) * LengthOf(arguments.At(0)) > Comparisons)
                throw new ScriptLimitException($"calls {name} with texts so long that it would compare more than {Comparisons} characters");
            // $` and $' stand for all text before and after each place.
            if (name is "replace" or "replaceAll" && !isOnce && arguments.At(1).IsString() && arguments.At(1).AsString() is var by
                && (by.Contains("$`", StringComparison.Ordinal) || by.Contains("$'", StringComparison.Ordinal)))
                EnsureFits(LengthOf(self) * LengthOf(self) * by.Count('$') / 2, name);
            sized?.Invoke(self, arguments);
            if (self is Function and not ScriptFunction && Array.IndexOf(OfFunctions, name) >= 0) self = Checked((Function)self);
            return original.Call(self, changed is null ? arguments : changed(arguments));
        }));
    }

    /// <summary>Returns a built-in function that checks the limits, since built-in code that calls it in a loop may not.</summary>
    JsValue Checked(Function function) =>
        function is ClrFunction or Constructor ? function : new ClrFunction(engine, "", (self, arguments) =>
        {
            engine.Constraints.Check();
            return function.Call(self, arguments);
        });

    void EnsureFits(JsValue value, string name)
    {
        // The length of text is limited where it is made; a list may claim any length.
        if (value is not ObjectInstance list || list is Function) return;
        var length = list.GetOwnProperty("length");
        var claimed = length.IsDataDescriptor() && length.Value is { } own ? TypeConverter.ToNumber(own) : 0;
        if (length.IsAccessorDescriptor() || claimed > limits.ArrayLength)
            throw new ScriptLimitException($"calls {name} for a list of more than {limits.ArrayLength} elements");
    }

    static void EnsureFits(double length, string name)
    {
        if (length > ScriptValues.MaximumText)
            throw new ScriptLimitException($"calls {name} for a text of more than {ScriptValues.MaximumText} characters");
    }

    static double LengthOf(JsValue value) => value.IsString() ? value.AsString().Length : 0;

    static ObjectInstance PrototypeOf(ObjectInstance constructor) => constructor.Get("prototype").AsObject();
}

/// <summary>A script exceeded a limit.</summary>
/// <param name="why">Reason, after "The script was stopped: it".</param>
sealed class ScriptLimitException(string why) : Exception(why);
