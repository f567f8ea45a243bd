namespace Orchestrator.Server.Telemetry;

/// <summary>Signals that are exported by OTLP: only those that the standard variables ask for.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/</remarks>
/// <param name="Traces">Whether spans are sent.</param>
/// <param name="Metrics">Whether metrics are sent.</param>
/// <param name="Logs">Whether log lines are sent.</param>
sealed record TelemetrySignals(bool Traces, bool Metrics, bool Logs)
{
    /// <summary>Whether anything is sent.</summary>
    public bool IsAny => Traces || Metrics || Logs;

    /// <summary>Signals of this process, from its environment.</summary>
    public static TelemetrySignals OfProcess { get; } = Read(Environment.GetEnvironmentVariable);

    /// <summary>Reads the variables.</summary>
    public static TelemetrySignals Read(Func<string, string?> variable)
    {
        return string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            ? new(Traces: false, Metrics: false, Logs: false)
            : new(IsOn("TRACES"), IsOn("METRICS"), IsOn("LOGS"));

        // The standard's default would send to localhost without being asked.
        bool IsOn(string signal) => variable($"OTEL_{signal}_EXPORTER") switch
        {
            { Length: > 0 } exporter => exporter.Split(',').Any(name => name.Trim() == "otlp"),
            _ => IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"),
        };

        bool IsSet(string name) => !string.IsNullOrEmpty(variable(name));
    }
}
