using System.ComponentModel.DataAnnotations;

namespace Orchestrator.Activities.Store.S3;

/// <summary>
/// Settings of the connection to S3. Credentials are never settings: they come from the AWS SDK's chain, which is the environment, then a
/// profile, then a role of the machine, container or pod.
/// </summary>
public sealed class S3Options
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Store:S3";

    /// <summary>
    /// Address of a server that is not AWS's, such as <c>https://s3.example.org</c>. Default: <c>AWS_ENDPOINT_URL_S3</c>, the profile's,
    /// else AWS.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// Region, such as <c>eu-central-1</c>. Default: <c>AWS_REGION</c>, else the profile's; <c>us-east-1</c> for a server that is not
    /// AWS's.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>Whether the bucket is the first part of the path, not of the host's name. Default: where the server is not AWS's.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>Longest time for one request, which carries 8 MB at most. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest time that one put or download goes on while none of its requests succeeds. This is the one budget of retries: the SDK's own
    /// are off. Then the attempt fails as by an infrastructure fault. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Parts of one file that are sent or fetched at the same time; each takes 8 MB of memory at most. Default 4.</summary>
    [Range(1, 7)]
    public int ParallelParts { get; set; } = 4;
}
