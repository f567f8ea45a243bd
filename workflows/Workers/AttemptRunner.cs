using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Workflows.Workers;

/// <summary>The end of an attempt.</summary>
abstract record AttemptEnd
{
    /// <summary>The activity did its work.</summary>
    public sealed record Completed(IReadOnlyDictionary<string, JsonElement> Outputs, IReadOnlyList<string> Outcomes) : AttemptEnd;

    /// <summary>The attempt failed.</summary>
    public sealed record Failed(Failure Failure) : AttemptEnd;

    /// <summary>The attempt was canceled from outside.</summary>
    public sealed record Cancelled : AttemptEnd;
}

/// <summary>Executes one attempt of an activity in a scope of its own. The boundary at which every exception becomes a failure.</summary>
public sealed partial class AttemptRunner(
    IServiceScopeFactory scopes, RunLeases leases, AttemptSecrets secrets, PoolSlots slots, WorkFolders folders, CrashPoint crash,
    TimeProvider clock, ILogger<AttemptRunner> log)
{
    // The run and its partition are in the scope of the drive.
    static readonly Func<ILogger, string, int, IDisposable?> LogScope = LoggerMessage.DefineScope<string, int>("activity {ActivityId} attempt {Attempt}");

    /// <summary>Slots of pools that attempts wait for.</summary>
    internal PoolSlots Slots => slots;

    /// <summary>The folders in which attempts work.</summary>
    internal WorkFolders Folders => folders;

    /// <summary>Whether a lease is still held.</summary>
    internal Task<bool> IsHeldAsync(Fence fence, CancellationToken cancellationToken) => leases.IsHeldAsync(fence, cancellationToken);

    /// <summary>Called when an attempt reaches a named point.</summary>
    internal void Reached(string point) => crash.At(point);

    /// <param name="parent">Parent of its span.</param>
    /// <param name="cancellationToken">Canceled when the attempt is to end.</param>
    internal async Task<AttemptEnd> RunAsync(
        ActivityNode node, GivenInputs inputs, ActivityAttempt attempt, ActivityContext parent, CancellationToken cancellationToken)
    {
        using var logScope = LogScope(log, attempt.ActivityId, attempt.Attempt);
        using var span = RunTelemetry.StartAttempt(node, attempt, parent);
        var begun = clock.GetTimestamp();
        var end = await ExecuteAsync(node, inputs, attempt, cancellationToken);
        var error = (end as AttemptEnd.Failed)?.Failure.Error;
        if (error is not null) span.Fail(error);
        var status = end.GetType().Name;
        span?.SetTag(RunTags.AttemptStatus, status);
        if (attempt.Metrics.TryGetValue(MetricNames.Rows, out var rows)) span?.SetTag(RunTags.Rows, (long)rows);
        if (attempt.Metrics.TryGetValue(MetricNames.Bytes, out var bytes)) span?.SetTag(RunTags.Bytes, (long)bytes);
        RunMetrics.AttemptEnded(node.Type, status, error?.Code, clock.GetElapsedTime(begun));
        return end;
    }

    async Task<AttemptEnd> ExecuteAsync(ActivityNode node, GivenInputs inputs, ActivityAttempt attempt, CancellationToken cancellationToken)
    {
        using var timeout = node.RetryPolicy.Timeout is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<CurrentAttempt>().Attempt = attempt;
            var filled = await secrets.FillAsync(inputs.Values, inputs.Secrets, node.Id, either.Token);
            (attempt.Mask, attempt.SecretLimits) = (filled.Mask, filled.Limits);
            // Logs and spans of all code that the activity calls; it ends with this method.
            if (!attempt.Mask.IsEmpty) SecretMask.Current = attempt.Mask;
            var context = new ActivityExecutionContext(ConvertInputs(node, filled.Values), scope.ServiceProvider, either.Token);
            crash.At("attempt.started");
            await node.Descriptor!.Create().RunAsync(context);
            crash.At("attempt.done");
            return new AttemptEnd.Completed(ConvertOutputs(context.Outputs, attempt.Mask), [.. context.Outcomes.Select(attempt.Mask.Text)]);
        }
#pragma warning disable CA1031 // Every exception of an activity must end in the journal, never in the worker.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (cancellationToken.IsCancellationRequested) return new AttemptEnd.Cancelled();
            var failure = timeout.IsCancellationRequested && node.RetryPolicy.Timeout is { } passed
                ? FailureRules.TimedOut(node.Id, passed)
                : FailureRules.Classify(exception, node.Id);
            AttemptFailed(attempt.Mask.Exception(exception), node.Id, attempt.Attempt, failure.Error.Code);
            return new AttemptEnd.Failed(failure with { Error = failure.Error with { Code = attempt.Mask.Text(failure.Error.Code), Message = attempt.Mask.Text(failure.Error.Message) } });
        }
    }

    static Dictionary<string, object?> ConvertInputs(ActivityNode node, IReadOnlyDictionary<string, JsonElement> inputs)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var input in node.Descriptor!.Inputs)
            if (inputs.TryGetValue(input.Name, out var value)) values[input.Name] = ValueConversion.Convert(value, input.Type);
        return values;
    }

    static Dictionary<string, JsonElement> ConvertOutputs(IReadOnlyDictionary<string, object?> outputs, SecretMask mask) =>
        outputs.ToDictionary(output => output.Key, output => mask.Json(ValueConversion.ToJson(output.Value)), StringComparer.Ordinal);

    [LoggerMessage(1003, LogLevel.Debug, "Attempt {Attempt} of {ActivityId} failed with {Code}.")]
    partial void AttemptFailed(Exception exception, string activityId, int attempt, string code);
}

/// <summary>Inputs of an activity, as the journal has them.</summary>
/// <param name="Values">Input → value.</param>
/// <param name="Secrets">Input → names of the secrets in it; null for none.</param>
readonly record struct GivenInputs(IReadOnlyDictionary<string, JsonElement> Values, IReadOnlyDictionary<string, IReadOnlyList<string>>? Secrets);

/// <summary>The attempt that a scope belongs to.</summary>
sealed class CurrentAttempt
{
    public ActivityAttempt? Attempt { get; set; }
}
