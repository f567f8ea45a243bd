using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Workflows.Activities;

/// <summary>Settings of HTTP activities.</summary>
public sealed class HttpOptions : IValidatableObject
{
    /// <summary>Section of the settings.</summary>
    public const string Section = "Http";

    /// <summary>
    /// The hosts that may be called, separated by commas: a name (<c>api.example.org</c>), all names below one (<c>*.example.org</c>), an
    /// address or a network (<c>10.1.0.0/16</c>), each with a port if only that one is meant (<c>localhost:8080</c>, <c>[::1]:8080</c>);
    /// <c>*</c> for every host with a public address. A private address is reached only by an entry that names the host, the address or its
    /// network; an address that only this machine's network knows (<c>169.254.0.0/16</c>, <c>fe80::/10</c>) only by the address or its
    /// network. Default <c>*</c>.
    /// </summary>
    public string AllowedHosts { get; set; } = "*";

    /// <summary>Largest response in bytes, after decompression, from 1. Default 4 MiB: it is kept in the journal.</summary>
    [Range(1, 256 * 1024 * 1024)]
    public int MaximumResponseBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Longest time of a request, redirects and the whole response included. Default 100 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>Largest number of redirects that are followed. Default 10.</summary>
    [Range(0, 50)]
    public int MaximumRedirects { get; set; } = 10;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!HostAllowList.TryParse(AllowedHosts, out _, out var wrong))
            yield return new($"'{wrong}' in Http:AllowedHosts is no host. Write a name, *.name, an address, a network such as 10.1.0.0/16, each with a port where only that is meant, or *.", [nameof(AllowedHosts)]);
    }
}

/// <summary>Checks the settings when the host starts.</summary>
[OptionsValidator]
sealed partial class HttpOptionsValidator : IValidateOptions<HttpOptions>;
