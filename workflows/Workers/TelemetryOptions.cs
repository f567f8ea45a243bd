using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Workers;

/// <summary>
/// Addresses at which people see runs and traces. The standard <c>OTEL_*</c> variables set where spans and metrics are sent.
/// </summary>
public sealed class TelemetryOptions : IValidatableObject
{
    const string TraceId = "{traceId}", RunId = "{runId}";

    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Telemetry";

    /// <summary>
    /// Address of a trace, with <c>{traceId}</c> for its id, such as <c>http://localhost:16686/trace/{traceId}</c>. Default none: runs then
    /// show no link.
    /// </summary>
    public string? TraceUrlTemplate { get; set; }

    /// <summary>
    /// Address of a run for people, with <c>{runId}</c> for its id; part of the root span of its trace. Default that of the server that
    /// drives the run; none if no server does.
    /// </summary>
    public string? RunUrlTemplate { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Problems(nameof(TraceUrlTemplate), TraceUrlTemplate, TraceId).Concat(Problems(nameof(RunUrlTemplate), RunUrlTemplate, RunId));

    /// <summary>
    /// Address of a trace; <see langword="null"/> if there is no template, or nothing was recorded under this context.
    /// </summary>
    /// <param name="traceParent">W3C trace context of the run.</param>
    public Uri? TraceAddress(string? traceParent) =>
        TraceUrlTemplate is not null && ActivityContext.TryParse(traceParent, traceState: null, out var context) && context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            ? new(TraceUrlTemplate.Replace(TraceId, context.TraceId.ToHexString(), StringComparison.Ordinal))
            : null;

    /// <summary>Address of a run; <see langword="null"/> if there is no template.</summary>
    public Uri? RunAddress(Guid runId) => RunUrlTemplate is null ? null : new(RunUrlTemplate.Replace(RunId, runId.ToString(), StringComparison.Ordinal));

    static IEnumerable<ValidationResult> Problems(string option, string? template, string placeholder)
    {
        if (template is null) yield break;
        if (!template.Contains(placeholder, StringComparison.Ordinal) || !Uri.TryCreate(template, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            yield return new(string.Create(CultureInfo.InvariantCulture,
                $"{Section}:{option} is '{template}'. Give an address with http or https that has {placeholder} in it, such as http://localhost:16686/trace/{placeholder}."), [option]);
        }
    }
}

/// <summary>Checks <see cref="TelemetryOptions"/>.</summary>
[OptionsValidator]
public sealed partial class TelemetryOptionsValidator : IValidateOptions<TelemetryOptions>;
