using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>All spans of one trace that begins outside the platform; those of tests beside it are left out.</summary>
public sealed class RecordedTrace : IDisposable
{
    readonly List<Span> spans = [];
    readonly TracerProvider provider;

    public RecordedTrace() => provider = Sdk.CreateTracerProviderBuilder()
        .AddSource("Orchestrator.*").SetSampler(new OnlyTrace(Asked.TraceId)).AddInMemoryExporter(spans).Build();

    /// <summary>The span of whoever asks for the run.</summary>
    public ActivityContext Asked { get; } = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    public string TraceParent => $"00-{Asked.TraceId}-{Asked.SpanId}-01";

    /// <summary>The spans that have ended, in the order of their start.</summary>
    public IReadOnlyList<Span> Spans => [.. spans.OrderBy(span => span.StartTimeUtc)];

    /// <summary>Those of the drives of the run.</summary>
    public IReadOnlyList<Span> Drives => [.. Spans.Where(span => span.OperationName.StartsWith("run ", StringComparison.Ordinal))];

    /// <summary>What was attempted, as the spans tell: <c>Sequence1/A1#2 Failed test.flaky</c>, in the order of start.</summary>
    public IReadOnlyList<string> Attempts => [.. from span in Spans
                                                 where span.GetTagItem("orchestrator.attempt") is not null
                                                 select $"{PathOf(span)}#{span.GetTagItem("orchestrator.attempt")} {span.GetTagItem("orchestrator.attempt.status")}"
                                                     + (span.GetTagItem("error.type") is { } code ? $" {code}" : "")];

    /// <summary>The spans directly below one.</summary>
    public IReadOnlyList<Span> Below(Span parent) => [.. Spans.Where(span => span.ParentSpanId == parent.SpanId)];

    public void Dispose() => provider.Dispose();

    // Ids of the activities from the run down to this one.
    string PathOf(Span span)
    {
        var parent = spans.Single(above => above.SpanId == span.ParentSpanId);
        var id = (string)span.GetTagItem("orchestrator.activity.id")!;
        return parent.OperationName.StartsWith("run ", StringComparison.Ordinal) ? id : $"{PathOf(parent)}/{id}";
    }

    sealed class OnlyTrace(ActivityTraceId id) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(samplingParameters.TraceId == id ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
    }
}
