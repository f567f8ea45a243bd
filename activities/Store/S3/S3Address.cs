using System.Text.RegularExpressions;

namespace Orchestrator.Activities.Store.S3;

/// <summary>The place of a store: a bucket, and a prefix that all of its keys have.</summary>
/// <param name="Bucket">Name of the bucket.</param>
/// <param name="Prefix">Empty, or ends in a slash.</param>
public sealed partial record S3Address(string Bucket, string Prefix)
{
    /// <summary>The scheme of addresses.</summary>
    public const string Scheme = "s3";

    /// <summary>The address, ending in a slash.</summary>
    public Uri Root => new($"{Scheme}://{Bucket}/{Prefix}");

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">It is no address of a bucket, or says more than bucket and prefix.</exception>
    public static S3Address Parse(Uri address)
    {
        // The user is not repeated: it may be a key and a secret.
        if (!string.IsNullOrEmpty(address.UserInfo))
            throw new FormatException("An s3: address holds no keys. Give them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or by a " +
                "profile, and the address as s3://bucket/prefix.");
        var prefix = address.AbsolutePath.Trim('/');
        if (address.Scheme != Scheme || address.Port != -1 || address.Query.Length
            + address.Fragment.Length > 0 || !BucketName.IsMatch(address.Host)
            || (prefix.Length > 0 && !ObjectKeys.IsKey(prefix)))
        {
            throw new FormatException($"'{address.OriginalString}' is not a bucket and a prefix. Write it as s3://bucket/prefix: a " +
                "prefix is one or more names of letters, digits and . _ - = joined by slashes, and the server goes into " +
                "AWS_ENDPOINT_URL_S3.");
        }
        return new(address.Host, prefix.Length > 0 ? $"{prefix}/" : "");
    }

    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex BucketName { get; }
}
