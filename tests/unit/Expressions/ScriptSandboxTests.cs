using System.Text.Json;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

public sealed class ScriptSandboxTests
{
    readonly ExpressionEvaluator evaluator = new(new()
    {
        Time = TimeSpan.FromSeconds(3), MemoryBytes = 64 << 20, Statements = 1_000_000, RegexTime = TimeSpan.FromMilliseconds(200),
    });

    [Theory]
    [InlineData("let i = 0; for (;;) i++;", "The script was stopped: it executed more than 1000000 statements. Make it do less, or write an activity for it.")]
    [InlineData("const all = []; for (;;) all.push('x'.repeat(100000) + all.length);", "The script was stopped: it allocated more than 64 MiB. Make it do less, or write an activity for it.")]
    [InlineData("/^(a+)+$/.test('a'.repeat(40) + 'b')", "The script was stopped: it matched a regular expression for longer than 0.2 s. Make it do less, or write an activity for it.")]
    [InlineData("const f = n => f(n + 1); f(0)", "The script was stopped: it called functions more than 250 deep. Make it do less, or write an activity for it.")]
    public void Script_that_takes_too_much_is_stopped(string script, string message)
    {
        var failure = Assert.Throws<ActivityFailedException>(() => Run(script));

        Assert.Equal(("expression.limit", message), (failure.Code, failure.Message));
    }

    [Theory]
    [InlineData("System.IO.File.ReadAllText('/etc/passwd')")]
    [InlineData("importNamespace('System')")]
    [InlineData("getVariable.constructor('return 1')()")]
    [InlineData("(function () {}).constructor('return this')()")]
    [InlineData("new Function('return 1')()")]
    [InlineData("getVariable.GetType()")]
    [InlineData("getVariable.Method.DeclaringType.Assembly")]
    [InlineData("toJson.Target.scope.Write('a', 'b')")]
    [InlineData("require('fs')")]
    [InlineData("import('fs')")]
    [InlineData("clr.System.Console")]
    [InlineData("({}).GetType().Assembly")]
    [InlineData("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1e9)")]
    public void Script_has_no_way_out(string script) => Assert.Throws<ActivityFailedException>(() => Run(script));

    [Theory]
    [InlineData("'a'.repeat(2 ** 29)")]
    [InlineData("'a'.padEnd(2 ** 30)")]
    [InlineData("new Array(2 ** 31).join('xxxxxxxx')")]
    [InlineData("Array(999999).fill('x'.repeat(1000)).join('')")]
    [InlineData("let s = 'a'; for (let i = 0; i < 40; i++) s += s; s.length")]
    [InlineData("let s = 'a'.repeat(1000000); s.replace(/a/g, s)")]
    [InlineData("new ArrayBuffer(2 ** 31)")]
    [InlineData("new Uint8Array(2 ** 31)")]
    [InlineData("Array.from({length: 1e9})")]
    [InlineData("[...Array(1e8).keys()]")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; a")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; JSON.stringify(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; toJson(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; String(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(Infinity)")]
    [InlineData("let a = {}; a.a = a; a")]
    [InlineData("let a = {}; a.a = a; setVariable('x', a)")]
    [InlineData("let a = {}; for (let i = 0; i < 100000; i++) a = {a}; a")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; a + 1")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; ({})[a]")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.toLocaleString()")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; a.flat(1e9); throw 1")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; Uint8Array.prototype.toString.call(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; Object.getPrototypeOf(Uint8Array.prototype).toString.call(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; structuredClone(a)")]
    [InlineData("let a = []; for (let i = 0; i < 100000; i++) a = [a]; delete Array.prototype.join; String(a); throw 1")]
    [InlineData("let a = []; for (let i = 0; i < 60; i++) a = [a, a]; a")]
    [InlineData("const mk = () => ({ get a() { return mk(); } }); mk()")]
    [InlineData("let s = 'a'; for (let i = 0; i < 300000; i++) s = 'b' + s; s.charAt(5); throw 1")]
    [InlineData("'x'.repeat(2e7).match(/x/g).length")]
    [InlineData("let a = []; for (let i = 0; i < 60; i++) a = [a, a]; String(a)")]
    [InlineData("let it = [1].values(); for (let i = 0; i < 100000; i++) it = it.map(x => x); it.next()")]
    [InlineData("let p = Promise.resolve(1); for (let i = 0; i < 50000; i++) p = Promise.resolve(p).then(x => x); await0 = p; throw 1")]
    [InlineData("let p = Promise.resolve(1); for (let i = 0; i < 50000; i++) { const q = p; p = new Promise(r => r(q)); } throw 1")]
    [InlineData("let A = class {}; for (let i = 0; i < 50000; i++) A = class extends A {}; new A()")]
    [InlineData("let g = function* () { yield 1; }; for (let i = 0; i < 50000; i++) { const h = g; g = function* () { yield* h(); }; } [...g()]")]
    [InlineData("new RegExp('('.repeat(50000) + ')'.repeat(50000)).test('a'); throw 1")]
    [InlineData("new RegExp('(?:'.repeat(50000) + 'a' + ')*'.repeat(50000)).test('aaaa'); throw 1")]
    [InlineData("let e = new Error('x'); for (let i = 0; i < 50000; i++) e = new Error('y', {cause: e}); throw e")]
    [InlineData("let o = {}; for (let i = 0; i < 50000; i++) o = {toString: Object.prototype.toString, valueOf: () => o, __proto__: o}; '' + o; throw 1")]
    [InlineData("new Map([[1, 2]]).forEach(() => { for (;;) ; })")]
    [InlineData("let m = new Map(); for (let i = 0; ; i++) m.set(i, m)")]
    [InlineData("BigInt(3)")]
    [InlineData("new DataView(new ArrayBuffer(8)).getBigInt64(0)")]
    [InlineData("const b = new BigInt64Array(1)")]
    [InlineData("Number.prototype.toString.call(5, 1e9)")]
    [InlineData("for (const x of {[Symbol.iterator]: () => ({next: () => ({done: false})})}) ;")]
    [InlineData("let x = 'a,'.repeat(5e6).split(',').join('bbbbbbbbbbbbbbbbbbbbbbbb')")]
    [InlineData("encodeURIComponent('\u0800'.repeat(2e7)).length; throw 1")]
    [InlineData("'a'.repeat(3e6).normalize('NFD').localeCompare('b'.repeat(3e6)); throw 1")]
    [InlineData("JSON.parse('['.repeat(100000))")]
    [InlineData("let p = new Proxy({}, {}); for (let i = 0; i < 100000; i++) p = new Proxy(p, {}); p.x")]
    [InlineData("let f = () => 1; for (let i = 0; i < 100000; i++) f = f.bind(null); f(); throw 1")]
    [InlineData("let o = {}; for (let i = 0; i < 100000; i++) o = Object.create(o); o.missing; throw 1")]
    [InlineData("({toJSON() { return this.toJSON(); }})")]
    [InlineData("({get a() { for (;;) ; }})")]
    [InlineData("new Promise(() => {})")]
    [InlineData("(async () => { for (;;) await null; })()")]
    [InlineData("Array.fromAsync({ [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }) })")]
    [InlineData("[3, 2, 1].sort(() => { for (;;) ; })")]
    [InlineData("'a'.replace(/a/, () => { for (;;) ; })")]
    [InlineData("2n ** 100000000n")]
    [InlineData("let b = 3n; for (;;) b *= b")]
    [InlineData("'x'.repeat(200000).split('').map(c => c.repeat(200000))")]
    [InlineData("variables.__proto__.x = 1; const p = new Proxy([], {get() { for (;;) ; }}); p.length")]
    public void Hostile_script_fails_in_bounded_time(string script)
    {
        // Each of these ended the process, or took minutes or gigabytes, with Jint's own limits alone.
        var started = TimeProvider.System.GetTimestamp();

        var failure = Assert.Throws<ActivityFailedException>(() => Run(script));

        Assert.StartsWith("expression.", failure.Code, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("new Uint8Array(1e9)", "calls new Uint8Array for 1000000000 elements, but 1000000 is the most")]
    [InlineData("new ArrayBuffer(1e9)", "calls new ArrayBuffer for 1000000000 bytes, but 8000000 is the most")]
    [InlineData("new ArrayBuffer(8, { maxByteLength: 2e9 }).resize(2e9)", "calls new ArrayBuffer for 2000000000 bytes, but 8000000 is the most")]
    [InlineData("Float64Array.from({ length: 5e8 })", null)]
    [InlineData("new (Object.getPrototypeOf(new Int8Array(1)).constructor)(1e9)", null)]
    [InlineData("new (new ArrayBuffer(1).constructor)(1e9)", null)]
    [InlineData("new Uint8Array({ length: 5e8 })", null)]
    [InlineData("Reflect.construct(Uint8Array, [1e9])", null)]
    [InlineData("new globalThis['Uint' + '8Array'](1e9)", null)]
    [InlineData("'x'.repeat(5e8)", "calls repeat for a text of more than 10000000 characters")]
    [InlineData("'x'['rep' + 'eat'](5e8)", "calls repeat for a text of more than 10000000 characters")]
    [InlineData("'x'.padStart(5e8)", "calls padStart for a text of more than 10000000 characters")]
    [InlineData("let s = 'x'.repeat(9e6); s.concat(s, s)", "calls concat for a text of more than 10000000 characters")]
    [InlineData("let s = 'x'.repeat(9e6); String.raw({ raw: [s, s] })", "calls raw for a text of more than 10000000 characters")]
    [InlineData("let s = 'x'.repeat(9e6); `${s}${s}${s}${s}${`${s}`}${s}`", "allocated more than 64 MiB")]
    [InlineData("Array.from({ length: 1000 }, ''.repeat.bind('x', 1e6))", "allocated more than 64 MiB")]
    [InlineData("let a = []; a.length = 4294967295; a.indexOf(5)", "calls indexOf for a list of more than 1000000 elements")]
    [InlineData("Array.prototype.fill.call({ length: 9e15 }, 1)", null)]
    [InlineData("'x'.repeat(9e6).replace(/x/g, 'yyyyyyyyyyyyyyyyyyyy')", "calls replace with a text of more than 1000000 characters")]
    [InlineData("'x'.repeat(3e5).replaceAll('x', \"$'\")", "calls replaceAll for a text of more than 10000000 characters")]
    [InlineData("new RegExp('[' + 'ab'.repeat(65000) + ']')", "makes a regular expression of more than 5000 characters")]
    [InlineData("/x/.constructor('[' + 'ab'.repeat(65000) + ']')", "makes a regular expression of more than 5000 characters")]
    [InlineData("'x'.match('[' + 'ab'.repeat(65000) + ']')", "makes a regular expression of more than 5000 characters")]
    [InlineData("Promise.all({ [Symbol.iterator]: () => ({ next: Object }) })", null)]
    [InlineData("'a'.repeat(5e6).indexOf('a'.repeat(2e6) + 'b')", null)]
    [InlineData("Object.getOwnPropertyDescriptors('x'.repeat(9e6))",
        "calls getOwnPropertyDescriptors for a text or list of more than 65536 elements")]
    [InlineData("Object.getOwnPropertyDescriptors(Array(1e5).fill(0))",
        "calls getOwnPropertyDescriptors for a text or list of more than 65536 elements")]
    [InlineData("Object.keys('x'.repeat(7e4))", "calls keys for a text or list of more than 65536 elements")]
    [InlineData("Object.entries(Object.assign({}, 'x'.repeat(9e6)))", "calls assign for a text or list of more than 65536 elements")]
    [InlineData("Object.freeze(new String('x'.repeat(9e5)))", "calls freeze for a text or list of more than 65536 elements")]
    [InlineData("Object.defineProperties({}, 'x'.repeat(9e6))", null)]
    [InlineData("Object.create({}, 'x'.repeat(9e6))", null)]
    [InlineData("Object.isFrozen(Object('x'.repeat(9e6)))", null)]
    [InlineData("({}).constructor.values('x'.repeat(9e6))", "calls values for a text or list of more than 65536 elements")]
    [InlineData("({})['const' + 'ructor']['val' + 'ues']('x'.repeat(9e6))", "calls values for a text or list of more than 65536 elements")]
    [InlineData("Reflect.ownKeys(Object('x'.repeat(9e6)))", null)]
    [InlineData("({ ...'x'.repeat(9e6) })", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("for (const k in 'x'.repeat(9e6)) break;", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("const { a, ...rest } = 'x'.repeat(9e6); rest", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("let rest; ({ ...rest } = 'x'.repeat(9e6))", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("['x'.repeat(9e6)].map(({ a, ...rest }) => rest)", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("String.prototype['$ch' + 'eck'] = 1; const { ...rest } = 'x'.repeat(9e6); rest",
        "takes the members of a text or list of more than 65536 elements")]
    [InlineData("const s = Object('x'.repeat(9e5)); s.__proto__ = null; const { ...rest } = s; rest", null)]
    [InlineData("for (const { ...rest } of ['x'.repeat(9e6)]) break;", "takes the members of a text or list of more than 65536 elements")]
    [InlineData("Array.prototype.join.call('x'.repeat(9e6), 'aaaaaaaaaa')",
        "calls join of lists for a text of more than 1000000 characters")]
    [InlineData("Array.prototype.map.call('x'.repeat(9e6), x => x)", null)]
    [InlineData("[...'x'.repeat(9e6)]", null)]
    [InlineData("Array.from('x'.repeat(9e6))", null)]
    [InlineData("Math.max(...'x'.repeat(9e6))", null)]
    [InlineData("new Set('xyz'.repeat(3e6)).size; 'x'.repeat(9e6).split('')", null)]
    [InlineData("Object.groupBy('x'.repeat(9e6), x => x)", null)]
    [InlineData("for (const c of 'x'.repeat(9e6));", null)]
    [InlineData("const [...all] = 'x'.repeat(9e6); all", null)]
    [InlineData("const f = (...all) => all; f(...'x'.repeat(9e6))", null)]
    [InlineData("const s = 'x'.repeat(9e6); s + s + s + s + s + s + s + s + s + s + s + s + s + s + s + s", "allocated more than 64 MiB")]
    [InlineData("let s = 'x'.repeat(9e6); s += s, s += s, s += s, s += s, s += s, s += s, s += s", "allocated more than 64 MiB")]
    public void No_single_step_of_a_script_escapes_the_limits(string script, string? why)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var failure = Assert.Throws<ActivityFailedException>(() => Run(script));

        Assert.Equal("expression.limit", failure.Code);
        if (why is not null) Assert.Equal($"The script was stopped: it {why}. Make it do less, or write an activity for it.", failure.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300 << 20);
    }

    [Theory]
    [InlineData("const b = new Uint8Array([1, 2, 3]).map(x => x * 2); [...b.slice(1)].join()", "4,6")]
    [InlineData("new Uint8Array(4).length + Uint8Array.BYTES_PER_ELEMENT + '' + (new Uint8Array(1) instanceof Uint8Array) + Uint8Array.of(7)[0]", "5true7")]
    [InlineData("const v = new DataView(new ArrayBuffer(8)); v.setInt16(0, 258); new Uint8Array(v.buffer).join('-')", "1-2-0-0-0-0-0-0")]
    [InlineData("const b = new ArrayBuffer(1, { maxByteLength: 4 }); b.resize(3); '' + b.byteLength + ArrayBuffer.isView(b)", "3false")]
    [InlineData("const {a, ...rest} = {a: 1, b: 2, length: 3}; JSON.stringify(rest)", """{"b":2,"length":3}""")]
    [InlineData("[{a: 1, b: 2}].map(({a, ...rest}) => JSON.stringify(rest)).join()", """{"b":2}""")]
    [InlineData("let rest; ({...rest} = [1, 2]); JSON.stringify(rest)", """{"0":1,"1":2}""")]
    [InlineData("const {...rest} = 'ab'; JSON.stringify({...rest, ...'c', ...null})", """{"0":"c","1":"b"}""")]
    [InlineData("'a1b22'.split(/\\d+/).join('-')"
        + " + 'a-b'.replace(new RegExp('-', 'g'), '+') + (/x/ instanceof RegExp) + RegExp('b').test('abc')", "a-b-a+btruetrue")]
    [InlineData("class R extends RegExp {} [...'x1y2'.matchAll(new R('[0-9]', 'g'))].join() + new R('x').source", "1,2x")]
    [InlineData("let all = ''; for (const key in ({a: 1}, {b: 2, c: 3})) all += key; all", "bc")]
    [InlineData("const a = 1, b = 'x'; a + (b + (a + (b + (a + b)))) + a + (n => n)(b) + +'2' + -'3'", "1x1x1x1x2-3")]
    [InlineData("Object.keys('abc').join() + Object.entries({a: 1}).join()"
        + " + Number.isInteger(Number('12')) + (Number(1) instanceof Number)", "0,1,2a,1truefalse")]
    [InlineData("['1', '2.5', ' 3 '].map(Number)"
        + ".concat(Number.parseInt('12px'), parseFloat('1e3x'), Number.MAX_SAFE_INTEGER, new Number('4') + 1).join()",
        "1,2.5,3,12,1000,9007199254740991,5")]
    [InlineData("['10', '10', '10'].map(parseInt).join()"
        + " + Number('') + Number('0x1F') + Number('1e400') + Number('x') + parseInt('z', 36)", "10,NaN,2031InfinityNaN35")]
    [InlineData("const n = 2; `a${n}${`b${n + 1}`}${(1, 2)}`", "a2b32")]
    [InlineData("String.raw`a\\n${1}`", "a\\n1")]
    [InlineData("'Hello {name}'.replace('{name}', 'x'.repeat(3))", "Hello xxx")]
    [InlineData("const key = 'map'; [1, 2][key](x => x * 2).join()", "2,4")]
    [InlineData("[3, 1, 2].sort().concat([4]).map(String).join('')", "1234")]
    public void What_stays_within_the_limits_works(string script, string value) => Assert.Equal(value, Run(script)?.ToString());

    [Theory]
    [InlineData("(", ")", 20_000)]
    [InlineData("[", "]", 20_000)]
    [InlineData("{", "}", 20_000)]
    [InlineData("!", "1", 50_000)]
    [InlineData("a=>", "1", 20_000)]
    [InlineData("1+", "1", 40_000)]
    [InlineData("a.b", "", 30_000)]
    [InlineData("f(", ")", 20_000)]
    [InlineData("`${", "}`", 10_000)]
    [InlineData("if(1)", "2", 15_000)]
    [InlineData("1?", ":1", 20_000)]
    [InlineData("-", "1", 50_000)]
    [InlineData("/(", ")/", 10_000)]
    public void Script_nested_thousands_deep_does_not_end_the_process(string open, string close, int times)
    {
        var script = string.Concat(Enumerable.Repeat(open, times)) + (close is "1" or "2" or "" ? close : string.Concat(Enumerable.Repeat(close, times)));

        Assert.Null(Record.Exception(() => { try { Run(script); } catch (ActivityFailedException) { } }));
    }

    [Fact]
    public void Variable_of_some_hundred_kilobytes_is_worked_on()
    {
        var rows = JsonSerializer.SerializeToElement(Enumerable.Range(0, 10_000).Select(i => new { id = $"C-{i:00000}", cents = i * 7 }));
        var scope = new ExpressionScope { Variables = [new("v1", "rows", rows)] };

        var total = new ExpressionEvaluator().Evaluate(
            new(ExpressionTypes.JavaScript, JsonSerializer.SerializeToElement("getRows().reduce((sum, row) => sum + row.cents, 0)")), typeof(long), scope);

        Assert.Equal(349_965_000L, total);
    }

    object? Run(string script) =>
        evaluator.Evaluate(new(ExpressionTypes.JavaScript, JsonSerializer.SerializeToElement(script)), typeof(JsonElement), new());
}
