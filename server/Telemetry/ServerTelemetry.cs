using System.Diagnostics;

namespace Orchestrator.Server.Telemetry;

/// <summary>Spans of this assembly.</summary>
static class ServerTelemetry
{
    static readonly ActivitySource Source = new("Orchestrator.Server");

    /// <summary>A person or a script asks for something on the command line: where its traces begin.</summary>
    /// <param name="path">The command without its arguments, such as <c>orchestrator runs show</c>.</param>
    public static Span? StartCommand(string path) => Source.StartActivity(path);
}
