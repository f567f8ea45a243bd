using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Api;

/// <summary>Settings of the API: allowed hosts, limits and timeouts.</summary>
public sealed class ApiOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Api";

    /// <summary>
    /// Host names that requests may use, separated by semicolons, beside loopback names and those the server listens on. Default none.
    /// </summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Largest body of a request in bytes. Default 4 MiB.</summary>
    [Range(1_024, 1 << 30)]
    public long LargestRequestBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Requests that a client may send in a second; a burst may have one second's worth more. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Longest silence of an event stream; after that a comment keeps the connection alive. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.500", "00:10:00")]
    public TimeSpan StreamHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Timeout of a request; event streams have none. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(15);
}

/// <summary>Checks <see cref="ApiOptions"/>.</summary>
[OptionsValidator]
sealed partial class ApiOptionsValidator : IValidateOptions<ApiOptions>;
