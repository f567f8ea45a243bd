using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Orchestrator.Activities.Store.S3;

/// <summary>Makes the SDK's client: environment and profile first, settings over them.</summary>
static class S3Clients
{
    const string AnyRegion = "us-east-1";

    /// <summary>Creates a client.</summary>
    /// <exception cref="ActivityFailedException"><c>store.no_region</c>: nothing says which region of AWS it is.</exception>
    public static AmazonS3Client Create(S3Options options, S3Connection connection)
    {
        // Retries are ours: one budget for all requests of an upload, not one for each.
        var config = new AmazonS3Config { MaxErrorRetry = 0, ThrottleRetries = false, HttpClientFactory = connection.Http };
        var region = options.Region ?? Variable("AWS_REGION") ?? Variable("AWS_DEFAULT_REGION");
        // Read from the environment and the profile by the SDK, which yet goes to AWS unless it is told again.
        var endpoint = options.Endpoint?.AbsoluteUri ?? (config.ServiceURL is { Length: > 0 } found ? found : null);
        if (endpoint is not null) config.ServiceURL = endpoint;
        if (endpoint is not null && !IsAws(new(endpoint)))
        {
            config.AuthenticationRegion = region ?? FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: false)?.SystemName
                ?? AnyRegion;
            config.ForcePathStyle = options.PathStyle ?? true;
        }
        else
        {
            if (region is not null && endpoint is null) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
            else if (region is not null) config.AuthenticationRegion = region;
            config.ForcePathStyle = options.PathStyle ?? false;
        }
        try
        {
            return connection.Credentials is { } credentials ? new(credentials, config) : new(config);
        }
        catch (AmazonClientException e)
        {
            throw new ActivityFailedException("store.no_region",
                "Nothing says in which region of AWS the bucket is. Set AWS_REGION, such as eu-central-1, or AWS_ENDPOINT_URL_S3 for " +
                "another server.", isRetryable: false, e);
        }
    }

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    static bool IsAws(Uri endpoint) => endpoint.Host.EndsWith(".amazonaws.com", StringComparison.OrdinalIgnoreCase)
        || endpoint.Host.EndsWith(".amazonaws.com.cn", StringComparison.OrdinalIgnoreCase)
            || endpoint.Host.EndsWith(".api.aws", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Credentials and transport: found by the SDK, or given by tests.</summary>
/// <param name="Http">Makes the connections; <see langword="null"/> for the SDK's own.</param>
/// <param name="Credentials">Who asks; <see langword="null"/> for the SDK's chain.</param>
sealed record S3Connection(HttpClientFactory? Http = null, AWSCredentials? Credentials = null);
