using System.Text.Json;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Workflows.Definitions;

/// <summary>Reads <c>customProperties.retryPolicy</c> and notes invalid values.</summary>
static class RetryPolicyReader
{
    public static RetryPolicy Read(JsonCursor customProperties, RetryPolicy fallback)
    {
        if (customProperties.Object("retryPolicy") is not { } given) return fallback;
        foreach (var property in given.Json.EnumerateObject())
            if (property.Name is not ("attempts" or "delay" or "factor" or "maximumDelay" or "timeout"))
                Note(given, property.Name, $"A retry policy has no '{property.Name}'. It has attempts, delay, factor, maximumDelay and timeout.");
        var policy = new RetryPolicy(
            ReadAttempts(given) ?? fallback.Attempts, ReadDuration(given, "delay", mayBeZero: true) ?? fallback.Delay, ReadFactor(given) ?? fallback.Factor,
            ReadDuration(given, "maximumDelay", mayBeZero: true) ?? fallback.MaximumDelay, ReadDuration(given, "timeout", mayBeZero: false) ?? fallback.Timeout);
        // A longer first delay raises a maximum that was not given.
        if (policy.MaximumDelay >= policy.Delay) return policy;
        if (given.Any("maximumDelay") is null) return policy with { MaximumDelay = policy.Delay };
        Note(given, "maximumDelay", $"'maximumDelay' is {policy.MaximumDelay}, but 'delay' is {policy.Delay}. Give a maximum that is not below it.");
        return policy;
    }

    static int? ReadAttempts(JsonCursor given)
    {
        if (given.Integer("attempts") is not { } attempts) return null;
        if (attempts is >= 1 and <= 100) return attempts;
        Note(given, "attempts", $"'attempts' is {attempts}, but must be from 1 (no retry) to 100.");
        return null;
    }

    static double? ReadFactor(JsonCursor given)
    {
        if (given.Any("factor") is not { } value) return null;
        if (value.ValueKind is JsonValueKind.Number && value.TryGetDouble(out var factor) && factor is >= 1 and <= 100) return factor;
        Note(given, "factor", $"'factor' is {JsonCursor.Shorten(value.GetRawText())}, but must be a number from 1 to 100.");
        return null;
    }

    static TimeSpan? ReadDuration(JsonCursor given, string property, bool mayBeZero)
    {
        if (given.Any(property) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.String && Durations.TryParse(value.GetString(), out var duration)
            && (duration > TimeSpan.Zero || (mayBeZero && duration == TimeSpan.Zero)) && duration <= TimeSpan.FromDays(30)) return duration;
        Note(given, property, $"'{property}' is {JsonCursor.Shorten(value.GetRawText())}, but must be a text such as \"00:00:30\" (hours:minutes:seconds), at most 30 days.");
        return null;
    }

    static void Note(JsonCursor given, string property, string message) => given.Problems.Add(given.PathOf(property), DefinitionProblemCodes.RetryPolicy, message);
}
