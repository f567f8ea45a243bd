using System.Diagnostics;

namespace Orchestrator.Server.Telemetry;

/// <summary>Spans of this assembly.</summary>
static class ServerTelemetry
{
    static readonly ActivitySource Source = new("Orchestrator.Server");

    /// <summary>Starts the span of a command, where its traces begin.</summary>
    /// <param name="path">The command without its arguments, such as <c>orchestrator runs show</c>.</param>
    public static Span? StartCommand(string path) => Source.StartActivity(path);
}
