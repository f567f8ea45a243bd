using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Api;

/// <summary>What the API takes.</summary>
public sealed class ApiOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Api";

    /// <summary>Host names under which the server may be asked, separated by semicolons, beside loopback names and those it listens on. Default none.</summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Largest body of a request in bytes. Default 4 MiB.</summary>
    [Range(1_024, 1 << 30)]
    public long LargestRequestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Requests that one client may make in a second, and in a burst of one second more. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>How long an event stream may say nothing; then a comment shows that it still is. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan StreamHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a request may take; event streams have no limit. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Checks <see cref="ApiOptions"/>.</summary>
[OptionsValidator]
sealed partial class ApiOptionsValidator : IValidateOptions<ApiOptions>;
