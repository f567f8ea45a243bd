using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Amazon.Runtime;
using Amazon.S3;

namespace Orchestrator.Activities.Store.S3;

/// <summary>Failures of S3, from the SDK's exceptions.</summary>
static class S3Failures
{
    /// <summary>Whether the same request may work a little later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        AmazonServiceException answer => IsTransient(answer),
        // A certificate does not become valid by waiting, and a local file that is gone does not come back.
        _ when FindCause<AuthenticationException>(exception) is not null => false,
        FileNotFoundException or DirectoryNotFoundException => false,
        HttpRequestException or IOException or SocketException or TimeoutException or OperationCanceledException => true,
        AmazonClientException client => FindCause<IOException>(client) is not null || FindCause<HttpRequestException>(client) is not null,
        _ => false,
    };

    /// <summary>Whether the answer is one that the caller decides on: nothing there, or a condition that does not hold.</summary>
    public static bool IsAnswer(Exception exception) => exception is AmazonS3Exception
    {
        StatusCode: HttpStatusCode.NotFound or HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable,
        ErrorCode: not "NoSuchBucket",
    };

    /// <summary>Whether nothing is there.</summary>
    public static bool IsNotFound(AmazonS3Exception answer) => answer.StatusCode is HttpStatusCode.NotFound;

    /// <summary>In our words.</summary>
    /// <param name="what">What was to be done, as the end of "failed to", such as <c>store 'key'</c>.</param>
    public static ActivityFailedException From(Exception exception, Uri root, string bucket, string what, bool isWrite) => exception switch
    {
        AmazonS3Exception { ErrorCode: "NoSuchBucket" } => Final("store.no_bucket",
            $"The bucket '{bucket}' of the object store {root} does not exist. Create it, or give another store with --store.", exception),
        AmazonS3Exception
        {
            ErrorCode: "SignatureDoesNotMatch" or "InvalidAccessKeyId" or "ExpiredToken" or "InvalidToken" or "TokenRefreshRequired",
        } refused => Final("store.credentials_refused",
            $"The object store {root} does not know these credentials ({refused.ErrorCode}). Check AWS_ACCESS_KEY_ID and " +
            "AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE.", exception),
        AmazonS3Exception { ErrorCode: "RequestTimeTooSkewed" or "RequestExpired" } => Final("store.clock_skew",
            $"The object store {root} refuses requests whose time differs from its own by more than 15 minutes. Set the clocks of this " +
            "machine and of the server, such as by NTP.", exception),
        AmazonS3Exception
        {
            ErrorCode: "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException",
        } or AmazonS3Exception { StatusCode: HttpStatusCode.MovedPermanently } => Final("store.wrong_region",
            $"The bucket '{bucket}' is in another region: {exception.Message} Set AWS_REGION to the bucket's region.", exception),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } when isWrite => Final("store.read_only",
            $"The object store at {root} cannot be written by this user: it refused to {what}. Allow what activities/README.md lists " +
            "for a writer, or give another store with --store.", exception),
        AmazonS3Exception { StatusCode: HttpStatusCode.Forbidden } refused => Final("store.access_denied",
            $"The object store at {root} refused to {what} ({refused.ErrorCode}). Allow what activities/README.md lists for a reader.",
            exception),
        AmazonServiceException answer when IsFull(answer) => Final("store.full",
            $"The object store at {root} is full: it could not {what}. Free space there, or give another store with --store.", exception),
        _ when FindCause<AuthenticationException>(exception) is { } tls => Final("store.tls_failed",
            $"The certificate of the object store {root} is not trusted: {tls.Message} Add its authority to this machine's, or name its " +
            "file in SSL_CERT_FILE.", exception),
        _ when IsTransient(exception) => new("infrastructure.object_store",
            $"The object store at {root} failed to {what}: {Reason(exception)}", isRetryable: true, exception),
        AmazonServiceException answer =>
            Final("store.failed", $"The object store at {root} failed to {what}: {answer.Message} ({answer.ErrorCode})", exception),
        AmazonClientException => Final("store.no_credentials",
            $"There are no credentials for the object store {root}: {exception.Message} Set AWS_ACCESS_KEY_ID and " +
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role.", exception),
        _ => Final("store.failed", $"The object store at {root} failed to {what}: {exception.Message}", exception),
    };

    static bool IsTransient(AmazonServiceException answer) => !IsFull(answer) && answer switch
    {
        {
            ErrorCode: "SlowDown" or "Throttling" or "ThrottlingException" or "RequestTimeout" or "RequestLimitExceeded" or "InternalError"
                or "ServiceUnavailable",
        } => true,
        // Conflicts that pass: two conditional writes at once on AWS, a folder that is just being removed on servers that keep files.
        { ErrorCode: "OperationAborted" or "ConditionalRequestConflict" or "ExistingObjectIsDirectory" } => true,
        // What was sent did not arrive as it was.
        { ErrorCode: "BadDigest" or "XAmzContentSHA256Mismatch" or "IncompleteBody" or "InvalidChecksum" } => true,
        { StatusCode: HttpStatusCode.TooManyRequests } => true,
        _ => (int)answer.StatusCode is >= 500 and not 501 and not 507 or 0,
    };

    static bool IsFull(AmazonServiceException answer) => (int)answer.StatusCode == 507
        || answer.ErrorCode is "InsufficientCapacity" or "InsufficientStorage" or "QuotaExceeded" or "XMinioStorageFull"
        || answer.Message.Contains("no space left", StringComparison.OrdinalIgnoreCase)
            || answer.Message.Contains("quota exceeded", StringComparison.OrdinalIgnoreCase);

    static string Reason(Exception exception) => exception switch
    {
        AmazonServiceException answer => string.IsNullOrEmpty(answer.ErrorCode) ? answer.Message : $"{answer.Message} ({answer.ErrorCode})",
        OperationCanceledException or TimeoutException => "it did not answer in time.",
        _ => (exception.InnerException ?? exception).Message,
    };

    static ActivityFailedException Final(string code, string message, Exception cause) => new(code, message, isRetryable: false, cause);

    static T? FindCause<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is T found) return found;
        return null;
    }
}
