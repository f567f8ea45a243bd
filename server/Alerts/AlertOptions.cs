using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orchestrator.Server.Alerts;

/// <summary>Settings of the webhook that receives alerts about failed, recovered and late runs.</summary>
public sealed class AlertOptions : IValidatableObject
{
    /// <summary>Name of the section in the configuration.</summary>
    public const string Section = "Alerts";

    /// <summary>Address of the webhook, http or https. Default none: no alerts are sent.</summary>
    public Uri? Url { get; set; }

    /// <summary>
    /// Key of the signature, at least 16 characters; one that begins with <c>whsec_</c> is base64. Set it in the environment, as
    /// <c>Alerts__Secret</c>. Required if <see cref="Url"/> is set.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>Timeout of a request to the receiver. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Attempts to deliver an alert before it is dropped. Default 15: about nine hours.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 15;

    /// <summary>Delay after the first attempt, doubled by each further one up to <see cref="LongestDelay"/>. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest delay between attempts. Default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Longest age of an alert; older ones are dropped when the server returns. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan Within { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Delay after which a scheduled run that has not started counts as late. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan NotStartedAfter { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Delay after which a scheduled run that has not ended counts as late. Default 6 h.</summary>
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
