using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DotLiquid;
using DotLiquid.Exceptions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Expressions;

/// <summary>
/// Renders Liquid templates with DotLiquid. A template sees <c>Variables</c>, <c>Input</c> and facts of the run, neither files nor .NET,
/// and is limited by <see cref="ScriptLimits"/>. As in Elsa, the output of <c>{{ }}</c> is encoded for HTML, and a template that cannot be
/// parsed gives the reason as its text.
/// </summary>
sealed class LiquidEvaluator(ScriptLimits limits)
{
    const int CachedTemplates = 2_000;

    readonly ConcurrentDictionary<string, Template> parsed = new(StringComparer.Ordinal);

    /// <summary>Renders a template.</summary>
    public JsonElement Render(JsonElement template, ExpressionScope scope)
    {
        if (template.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined) return default;
        if (template.ValueKind is not JsonValueKind.String) return template;
        try
        {
            return JsonSerializer.SerializeToElement(Render(Find(template.GetString()!), scope));
        }
        catch (SyntaxException unreadable)
        {
            return JsonSerializer.SerializeToElement(unreadable.Message);
        }
        // DotLiquid calls filters by reflection and does not catch their exceptions; none of them may end the process.
#pragma warning disable CA1031
        catch (Exception failure) when (failure is not ActivityFailedException)
#pragma warning restore CA1031
        {
            throw LimitOf(failure) is { } limit
                ? new ActivityFailedException("expression.limit", $"The template was stopped: it {limit}. Make it do less, or write an activity for it.", isRetryable: false, failure)
                : new ActivityFailedException("expression.failed", $"The template failed: {failure.Message.TrimEnd('.')}.", isRetryable: false, failure);
        }
    }

    /// <summary>
    /// Returns the error that keeps a template from being parsed; <see langword="null"/> if there is none. An unknown tag may be one of
    /// Elsa's.
    /// </summary>
    public (string Code, string Message)? FindSyntaxError(JsonElement template)
    {
        try
        {
            if (template.ValueKind is JsonValueKind.String) Parse(template.GetString()!);
            return null;
        }
        catch (SyntaxException unreadable)
        {
            return (LiquidLanguage.IsOfUnknownTag(unreadable) ? DefinitionProblemCodes.UnknownTag : DefinitionProblemCodes.BadScript,
                $"The template is no Liquid: {unreadable.Message.TrimEnd('.')}.");
        }
        catch (RegexMatchTimeoutException)
        {
            return (DefinitionProblemCodes.BadScript, "The template takes too long to be read. Make it shorter.");
        }
    }

    string Render(Template template, ExpressionScope scope)
    {
        using var time = new CancellationTokenSource(limits.Time);
        using var writer = new LiquidWriter(limits.TextLength);
        var names = Hash.FromDictionary(LiquidValues.NamesOf(scope));
        // Unknown filters are skipped, as in Elsa: DotLiquid did the same up to 2.1.
        var context = new Context([names], new Hash(), new Hash(), ErrorsOutputMode.Rethrow, limits.Iterations, CultureInfo.InvariantCulture, time.Token)
        {
            SyntaxCompatibilityLevel = SyntaxCompatibility.DotLiquid21,
            UseRubyDateFormat = true,
        };
        context.Registers[LiquidWriter.Longest] = limits.TextLength;
        context.Registers[LiquidWriter.Memory] = GC.GetAllocatedBytesForCurrentThread() + limits.MemoryBytes;
        template.Render(writer, RenderParameters.FromContext(context, CultureInfo.InvariantCulture));
        return writer.ToString();
    }

    Template Find(string text)
    {
        if (parsed.TryGetValue(text, out var template)) return template;
        template = Parse(text);
        if (parsed.Count >= CachedTemplates) parsed.Clear();
        return parsed[text] = template;
    }

    Template Parse(string text)
    {
        if (text.Length > limits.ScriptLength) throw new SyntaxException($"The template has {text.Length} characters, but {limits.ScriptLength} is the most.");
        LiquidLanguage.Prepare();
        LiquidLanguage.Check(text);
        var template = Template.Parse(text, SyntaxCompatibility.DotLiquid22a);
        template.MakeThreadSafe();
        return template;
    }

    string? LimitOf(Exception failure) => failure switch
    {
        RegexMatchTimeoutException => "matched a text for too long",
        OperationCanceledException or TimeoutException => $"ran longer than {limits.Time.TotalSeconds:0.#} s",
        MaximumIterationsExceededException => $"has a loop of more than {limits.Iterations} rounds",
        LiquidMemoryException => $"allocated more than {limits.MemoryBytes >> 20} MiB",
        LiquidTooLongException or OutOfMemoryException => $"made a text or list longer than {limits.TextLength}",
        StackLevelException or InsufficientExecutionStackException => "is nested too deep",
        _ => null,
    };
}
