using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Alerts;

/// <summary>Who is told, by a webhook, that a run failed, recovered or is late.</summary>
public sealed class AlertOptions : IValidatableObject
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Alerts";

    /// <summary>Where messages are posted; http or https. Default none: nobody is told.</summary>
    public Uri? Url { get; set; }

    /// <summary>
    /// Key of the signature, at least 16 characters; one that begins with <c>whsec_</c> is base64. Set it in the environment, as
    /// <c>Alerts__Secret</c>. Required where there is a <see cref="Url"/>.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>How long the receiver may take to answer. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a message is tried before it is given up. Default 15: about nine hours.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 15;

    /// <summary>Wait after the first attempt; doubled by each further one, up to <see cref="LongestDelay"/>. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait between attempts. Default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How old news may be; what is older when the server comes back is not told any more. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Within { get; set; } = TimeSpan.FromDays(1);

    /// <summary>A due time of a schedule whose run has not started so long after it is late. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan NotStartedAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A due time of a schedule whose run has not ended so long after it is late. Default 6 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan NotFinishedAfter { get; set; } = TimeSpan.FromHours(6);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Url is null) yield break;
        if (!Url.IsAbsoluteUri || Url.Scheme is not ("http" or "https"))
            yield return new($"{Section}:Url is '{Url}'. Give an address with http or https.", [nameof(Url)]);
        if (AlertSignature.KeyOf(Secret) is not { Length: >= 16 })
            yield return new($"{Section}:Secret is missing, shorter than 16 characters, or begins with whsec_ and is not base64. Give the key that the receiver has, as Alerts__Secret.", [nameof(Secret)]);
    }
}

/// <summary>Checks <see cref="AlertOptions"/>.</summary>
[OptionsValidator]
public sealed partial class AlertOptionsValidator : IValidateOptions<AlertOptions>;
