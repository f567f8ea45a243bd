using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orchestrator.Server.Telemetry;

/// <summary>Sends spans and figures of this process to a collector by OTLP. Where and how is said by the standard <c>OTEL_*</c> variables.</summary>
sealed class TelemetryExport : IDisposable
{
    readonly TracerProvider? tracer;
    readonly MeterProvider? meter;

    TelemetryExport(TelemetrySignals signals)
    {
        if (signals.Traces)
        {
            tracer = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource("Orchestrator.*")
                .AddAspNetCoreInstrumentation(asp => asp.Filter = request => !request.Request.Path.StartsWithSegments("/healthz") && !request.Request.Path.StartsWithSegments("/readyz"))
                // What is asked of Spark is a span of ours; one of HTTP would hang below one of gRPC that nobody sends.
                .AddHttpClientInstrumentation(http => http.FilterHttpRequestMessage = request => request.Content?.Headers.ContentType?.MediaType != "application/grpc")
                .AddProcessor(new MaskedSpans()).AddOtlpExporter().Build();
        }
        if (signals.Metrics)
        {
            meter = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter("Orchestrator.*", "Npgsql")
                .AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddOtlpExporter().Build();
        }
    }

    /// <summary>Begins; nothing, not even a library, is loaded where no variable asks for it.</summary>
    public static IDisposable? Start() => TelemetrySignals.OfProcess is { Traces: true } or { Metrics: true } ? Create(TelemetrySignals.OfProcess) : null;

    /// <summary>Sends log lines, with the ids of run, activity and trace.</summary>
    public static void AddTo(ILoggingBuilder logging) => logging.AddOpenTelemetry(options =>
    {
        options.IncludeScopes = true;
        options.IncludeFormattedMessage = true;
        var resource = ResourceBuilder.CreateDefault();
        Describe(resource);
        options.SetResourceBuilder(resource).AddProcessor(new MaskedLogs()).AddOtlpExporter();
    });

    /// <summary>Sends what is left; at most some seconds where the collector does not answer.</summary>
    public void Dispose()
    {
        tracer?.Dispose();
        meter?.Dispose();
    }

    static TelemetryExport Create(TelemetrySignals signals) => new(signals);

    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win.
    static void Describe(ResourceBuilder resource) => resource.Clear()
        .AddService("orchestrator", serviceVersion: Assembly.GetExecutingAssembly().GetName().Version!.ToString(3), serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}")
        .AddTelemetrySdk().AddEnvironmentVariableDetector();
}

/// <summary>Adds the sending of log lines where it is asked for.</summary>
static class TelemetryLogging
{
    extension(ILoggingBuilder logging)
    {
        /// <summary>Sends log lines by OTLP where the standard variables ask for it.</summary>
        public ILoggingBuilder AddTelemetry()
        {
            if (TelemetrySignals.OfProcess.Logs) TelemetryExport.AddTo(logging);
            return logging;
        }
    }
}
