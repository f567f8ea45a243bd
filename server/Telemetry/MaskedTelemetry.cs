using OpenTelemetry;
using OpenTelemetry.Logs;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Server.Telemetry;

/// <summary>Processor that masks secrets in spans before they are sent.</summary>
sealed class MaskedSpans : BaseProcessor<Span>
{
    public override void OnEnd(Span data)
    {
        var mask = SecretMask.Current;
        if (mask.IsEmpty) return;
        data.DisplayName = mask.Text(data.DisplayName);
        if (data.StatusDescription is { } description) data.SetStatus(data.Status, mask.Text(description));
        foreach (var (name, value) in data.TagObjects.ToList())
            if (value is string text) data.SetTag(name, mask.Text(text));
    }
}

/// <summary>Processor that masks secrets in log lines before they are sent.</summary>
sealed class MaskedLogs : BaseProcessor<LogRecord>
{
    public override void OnEnd(LogRecord data)
    {
        var mask = SecretMask.Current;
        if (mask.IsEmpty) return;
        if (data.FormattedMessage is { } message) data.FormattedMessage = mask.Text(message);
        if (data.Body is { } body) data.Body = mask.Text(body);
        data.Attributes = data.Attributes?.Select(attribute => attribute.Value is string text ? new(attribute.Key, mask.Text(text)) : attribute).ToList();
        if (data.Exception is { } exception) data.Exception = mask.Exception(exception);
    }
}
