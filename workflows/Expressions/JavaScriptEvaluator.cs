using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Acornima;
using Acornima.Ast;
using Jint;
using Jint.Native;
using Jint.Runtime;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Evaluates JavaScript with Jint. A script sees the language and the accessors of <see cref="ScriptGlobals"/>, nothing of .NET, and is
/// limited by <see cref="ScriptLimits"/>. Each evaluation has an engine of its own; parsed scripts are kept.
/// </summary>
sealed class JavaScriptEvaluator(ScriptLimits limits)
{
    /// <summary>More scripts than all definitions in use have; beyond it the cache starts again.</summary>
    const int CachedScripts = 2_000;

    static readonly ScriptPreparationOptions Preparation = new()
    {
        CollectReferencedGlobals = true,
        ParsingOptions = new ScriptParsingOptions { AllowReturnOutsideFunction = true, Tolerant = false },
    };

    readonly ConcurrentDictionary<string, PreparedScript> prepared = new(StringComparer.Ordinal);

    /// <summary>Evaluates a script: the value of its last statement, or its return value.</summary>
    public JsonElement Run(JsonElement script, ExpressionScope scope)
    {
        var text = TextOf(script);
        if (string.IsNullOrWhiteSpace(text)) return default;
        try
        {
            var program = Prepare(text);
            using var engine = CreateEngine();
            new ScriptGuards(engine, limits, program.Shape).Apply();
            var globals = new ScriptGlobals(engine, scope);
            globals.Define(program.Script.ReferencedGlobals);
            var result = ScriptValues.ToJson(engine, Settled(engine.Evaluate(program.Script)));
            globals.KeepWrites();
            return result;
        }
        catch (ActivityFailedException)
        {
            throw;
        }
        catch (JavaScriptException failure)
        {
            throw Failed($"The script failed at line {failure.Location.Start.Line}: {Sentence(failure.Message)}", failure);
        }
        // Jint signals some limits by .NET's own exceptions, and hostile scripts find its bugs; none of them may end the process.
#pragma warning disable CA1031
        catch (Exception failure)
#pragma warning restore CA1031
        {
            throw LimitOf(failure) is { } limit
                ? new ActivityFailedException("expression.limit", $"The script was stopped: it {limit}. Make it do less, or write an activity for it.", isRetryable: false, failure)
                : Failed($"The script failed: {Sentence(failure.Message)}", failure);
        }
    }

    /// <summary>Returns the error that keeps a script from being parsed; <see langword="null"/> if there is none.</summary>
    public string? FindSyntaxError(JsonElement script)
    {
        try
        {
            if (TextOf(script) is { } text && !string.IsNullOrWhiteSpace(text)) Parse(text);
            return null;
        }
        catch (ActivityFailedException failure)
        {
            return failure.Message;
        }
    }

    static string? TextOf(JsonElement script) => script.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null
        : script.ValueKind is JsonValueKind.String ? script.GetString()
        : throw Failed($"The script is {JsonCursor.Describe(script)}, but must be a text.", cause: null);

    PreparedScript Prepare(string text)
    {
        if (prepared.TryGetValue(text, out var program)) return program;
        program = Parse(text);
        if (prepared.Count >= CachedScripts) prepared.Clear();
        prepared[text] = program;
        return program;
    }

    PreparedScript Parse(string text)
    {
        if (text.Length > limits.ScriptLength) throw Failed($"The script has {text.Length} characters, but {limits.ScriptLength} is the most. Write an activity for it.", cause: null);
        try
        {
            var program = Engine.PrepareScript(text, options: Preparation);
            var shape = new ScriptShape(text, program.Program!, program.ReferencedGlobals);
            return shape.HasBigInteger
                ? throw Failed("The script has a big integer such as 1n, which is not allowed here. Use a number, or write an activity for it.", cause: null)
                : shape.UnfitNumber is { } number
                ? throw Failed($"The script has the number {JsonCursor.Shorten(number)}, which a script cannot represent "
                    + "to the last digit. Use fewer digits, or a text.", cause: null)
                : ScriptShape.Rewrite(text, program.Program!, limits) is var (rewritten, function)
                ? new(Engine.PrepareScript(rewritten, options: Preparation), shape.With(function))
                : new(program, shape);
        }
        catch (ScriptPreparationException failure)
        {
            throw failure.InnerException is ParseErrorException error
                ? Failed($"The script is no JavaScript: line {error.LineNumber}, position {error.Column + 1}: {Sentence(error.Description)}", failure)
                : Failed($"The script is no JavaScript: {Sentence(failure.InnerException?.Message ?? failure.Message)}", failure);
        }
        catch (InsufficientExecutionStackException failure)
        {
            throw Failed("The script is nested too deep to be read. Split it.", failure);
        }
    }

    Engine CreateEngine() => new(options =>
    {
        options.LimitMemory(limits.MemoryBytes).TimeoutInterval(limits.Time).MaxStatements(limits.Statements).LimitRecursion(limits.Calls)
            .DisableStringCompilation().LocalTimeZone(TimeZoneInfo.Utc);
        options.Constraints.RegexTimeout = limits.RegexTime;
        options.Constraints.StackOverflowGuard = true;
        options.Constraints.MaxArraySize = limits.ArrayLength;
        options.Json.MaxParseDepth = ScriptValues.MaximumDepth;
        options.AgentCanSuspend = false;
    });

    // Nothing outside can settle a promise later: one that is pending after the script stays so.
    static JsValue Settled(JsValue value)
    {
        try
        {
            return value.UnwrapIfPromise(TimeSpan.FromMilliseconds(1));
        }
        catch (PromiseRejectedException pending) when (pending.Message.Contains("Timeout of", StringComparison.Ordinal))
        {
            throw Failed("The script gave a promise that is never settled. Resolve it, or give a plain value.", pending);
        }
    }

    string? LimitOf(Exception failure) => failure switch
    {
        ScriptLimitException limit => limit.Message,
        RegexMatchTimeoutException => $"matched a regular expression for longer than {limits.RegexTime.TotalSeconds:0.#} s",
        TimeoutException or ExecutionCanceledException => $"ran longer than {limits.Time.TotalSeconds:0.#} s",
        MemoryLimitExceededException or OutOfMemoryException => $"allocated more than {limits.MemoryBytes >> 20} MiB",
        StatementsCountOverflowException => $"executed more than {limits.Statements} statements",
        RecursionDepthOverflowException or InsufficientExecutionStackException => $"called functions more than {limits.Calls} deep",
        _ => null,
    };

    static ActivityFailedException Failed(string message, Exception? cause) => new("expression.failed", message, isRetryable: false, cause);

    static string Sentence(string? message) => message is not { Length: > 0 } ? "it gave no reason." : message[^1] is '.' or '!' or '?' ? message : $"{message}.";

    sealed record PreparedScript(Prepared<Script> Script, ScriptShape Shape);
}
