using Orchestrator.Server.Telemetry;

namespace Orchestrator.Tests.Unit.Server;

public sealed class TelemetrySignalsTests
{
    [Theory]
    [InlineData("", "nothing")]
    [InlineData("OTEL_SERVICE_NAME=x", "nothing")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317", "traces metrics logs")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://localhost:4317", "traces")]
    [InlineData("OTEL_TRACES_EXPORTER=otlp", "traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317;OTEL_METRICS_EXPORTER=none;OTEL_LOGS_EXPORTER=none", "traces")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317;OTEL_SDK_DISABLED=true", "nothing")]
    [InlineData("OTEL_LOGS_EXPORTER=console,otlp", "logs")]
    public void Only_what_the_standard_variables_ask_for_is_sent(string variables, string sent)
    {
        var set = variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var signals = TelemetrySignals.Read(set.GetValueOrDefault);
        string[] on = [.. Named("traces", signals.Traces), .. Named("metrics", signals.Metrics), .. Named("logs", signals.Logs)];
        Assert.Equal(sent, on.Length == 0 ? "nothing" : string.Join(' ', on));
    }

    static string[] Named(string signal, bool isOn) => isOn ? [signal] : [];
}
