using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Access;

/// <summary>Settings of logins: when they are needed, how long they last, and how wrong passwords are slowed down.</summary>
public sealed class AccessOptions
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Access";

    /// <summary>
    /// Requires a login on a loopback address with embedded storage too. Default false. Elsewhere a login is always required.
    /// </summary>
    public bool RequireLogin { get; set; }

    /// <summary>
    /// Password of the user <c>admin</c>, who is added if the server needs a login and has no user yet. Default none: then the server
    /// does not start before a user is added.
    /// </summary>
    public string? AdminPassword { get; set; }

    /// <summary>Longest time between two requests of a login; after that the login ends. Default 12 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SessionIdle { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Longest lifetime of a login, used or not. Default 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "90.00:00:00")]
    public TimeSpan SessionMaximum { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Wrong passwords in a row for one user before logging in pauses. Default 5.</summary>
    [Range(1, 100)]
    public int FailuresPerUser { get; set; } = 5;

    /// <summary>Wrong passwords in a row from one address before logging in pauses. Default 20.</summary>
    [Range(1, 10_000)]
    public int FailuresPerAddress { get; set; } = 20;

    /// <summary>The first pause; each further failure doubles it. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest pause, and the time after which failures are forgotten. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Addresses of trusted proxies, separated by semicolons; their forwarded headers set the client's address and https. Default none.
    /// </summary>
    public string Proxies { get; set; } = "";

    /// <summary>Addresses in <see cref="Proxies"/>.</summary>
    /// <exception cref="PlatformException"><c>server.bad_setting</c>.</exception>
    internal IReadOnlyList<IPAddress> ProxyAddresses =>
        [.. from text in Proxies.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            select IPAddress.TryParse(text, out var address)
                ? address
                : throw new PlatformException("server.bad_setting", $"Access:Proxies has '{text}', which is not an IP address. Write it such as '10.0.0.5; 10.0.0.6'.")];
}

/// <summary>Checks <see cref="AccessOptions"/>.</summary>
[OptionsValidator]
sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;
