using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Orchestrator.Server.Telemetry;

/// <summary>Export of this process' spans and metrics to a collector by OTLP. The standard <c>OTEL_*</c> variables configure it.</summary>
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
                // Requests to Spark have our own spans; their HTTP spans would have a gRPC parent that is not exported.
                .AddHttpClientInstrumentation(http => http.FilterHttpRequestMessage = request => request.Content?.Headers.ContentType?.MediaType != "application/grpc")
                .AddProcessor(new MaskedSpans()).AddOtlpExporter().Build();
        }
        if (signals.Metrics)
        {
            meter = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter("Orchestrator.*", "Npgsql")
                .AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddOtlpExporter().Build();
        }
    }

    /// <summary>Starts the export; without variables that ask for it nothing is started and no library is loaded.</summary>
    public static IDisposable? Start() => TelemetrySignals.OfProcess is { Traces: true } or { Metrics: true } ? Create(TelemetrySignals.OfProcess) : null;

    /// <summary>Adds the export of log lines, with the ids of run, activity and trace.</summary>
    public static void AddTo(ILoggingBuilder logging) => logging.AddOpenTelemetry(options =>
    {
        options.IncludeScopes = true;
        options.IncludeFormattedMessage = true;
        var resource = ResourceBuilder.CreateDefault();
        Describe(resource);
        options.SetResourceBuilder(resource).AddProcessor(new MaskedLogs()).AddOtlpExporter();
    });

    /// <summary>Sends the remaining data; waits at most some seconds for the collector.</summary>
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

/// <summary>Registration of the export of log lines.</summary>
static class TelemetryLogging
{
    extension(ILoggingBuilder logging)
    {
        /// <summary>Adds the export of log lines if the standard variables ask for it.</summary>
        public ILoggingBuilder AddTelemetry()
        {
            if (TelemetrySignals.OfProcess.Logs) TelemetryExport.AddTo(logging);
            return logging;
        }
    }
}
