using System.Buffers;
using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store.S3;

/// <summary>
/// An object store in a bucket, by conditional writes (<c>If-None-Match: *</c>): AWS, or any server that keeps them. Large files go in
/// parts, several at a time; readers fetch ranges of the version they found.
/// </summary>
public sealed class S3Store : IObjectStore, IDisposable
{
    const int RangeBytes = 8 << 20;
    const string UploadMark = "?uploadId=";

    readonly S3Requests requests;

    /// <summary>Opens a store; the server is not asked yet.</summary>
    /// <param name="root">Such as <c>s3://bucket/prefix</c>.</param>
    /// <exception cref="FormatException">The address is no bucket's.</exception>
    public S3Store(Uri root, S3Options options, TimeProvider time, JitterSource jitter)
        : this(root, options, time, jitter, new())
    {
    }

    internal S3Store(Uri root, S3Options options, TimeProvider time, JitterSource jitter, S3Connection connection)
    {
        requests = new(S3Address.Parse(root), options, time, jitter, connection);
        Root = requests.Place.Root;
    }

    /// <inheritdoc/>
    public Uri Root { get; }

    string Bucket => requests.Place.Bucket;

    string Prefix => requests.Place.Prefix;

    /// <inheritdoc/>
    public Uri AddressOf(string key) => ObjectKeys.AddressOf(Root, key);

    /// <inheritdoc/>
    public void Dispose() => requests.Dispose();

    /// <inheritdoc/>
    public async Task<StoredObject> PutFileAsync(
        string key, string localPath, UploadProgress? progress, CancellationToken cancellationToken)
    {
        _ = FullKey(key);
        LocalFile.SizeOf(key, localPath);
        return await ActivitiesTelemetry.InAsync(ActivitiesTelemetry.StartStore(), async span =>
        {
            PartedHash hash;
            await using (var file = LocalFile.OpenRead(localPath))
                hash = await LocalFile.HashAsync(file, S3Upload.PartBytes, cancellationToken);
            var stored = await new S3Upload(requests, this, key, localPath, hash, progress).RunAsync(cancellationToken);
            span.Wrote(rows: null, stored.Bytes);
            return stored;
        });
    }

    /// <inheritdoc/>
    public async Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var fullKey = FullKey(key);
        var budget = requests.Open();
        try
        {
            var found = await requests.SendAsync(new("HeadObject", key, $"look at '{key}'"), budget,
                (client, token) => client.GetObjectMetadataAsync(
                    new GetObjectMetadataRequest { BucketName = Bucket, Key = fullKey }, token), cancellationToken);
            return new(key, found.ContentLength, found.Metadata[S3Upload.Sha256Name], Version: found.ETag);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            await EnsureBucketAsync(budget, cancellationToken);
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task DownloadAsync(StoredObject source, string localPath, CancellationToken cancellationToken)
    {
        var budget = requests.Open();
        using var file = File.OpenHandle(
            localPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, source.Bytes);
        var ranges = (source.Bytes + RangeBytes - 1) / RangeBytes;
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = requests.Options.ParallelParts, CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0L, ranges, parallel, async (number, stop) =>
        {
            var (offset, count) = (number * RangeBytes, (int)Math.Min(RangeBytes, source.Bytes - (number * RangeBytes)));
            var buffer = ArrayPool<byte>.Shared.Rent(count);
            try
            {
                await ReadAsync(source, offset, buffer.AsMemory(0, count), budget, stop);
                await RandomAccess.WriteAsync(file, buffer.AsMemory(0, count), offset, stop);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        });
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var budget = requests.Open();
        string? next = null;
        do
        {
            var page = await requests.SendAsync(new("ListObjectsV2", null, $"list '{prefix}'"), budget,
                (client, token) => client.ListObjectsV2Async(
                    new ListObjectsV2Request { BucketName = Bucket, Prefix = Prefix + prefix, ContinuationToken = next }, token),
                    cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                var key = found.Key[Prefix.Length..];
                if (ObjectKeys.IsKey(key)) yield return new(key, found.Size ?? 0, null, WrittenAt(found.LastModified));
            }
            next = page.IsTruncated is true ? page.NextContinuationToken : null;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var fullKey = FullKey(key);
        try
        {
            await requests.SendAsync(new("DeleteObject", key, $"delete '{key}'", IsWrite: true), requests.Open(),
                (client, token) => client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = Bucket, Key = fullKey }, token),
                cancellationToken);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            // It is gone already.
        }
    }

    /// <summary>Uploads that were begun and neither completed nor aborted, with the bytes of their parts.</summary>
    public async IAsyncEnumerable<StoredObject> ListLeftoversAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var budget = requests.Open();
        string? next = null;
        do
        {
            // Without the marker of the upload: some servers refuse both. What it may skip, more uploads of the last key, is there the next
            // time.
            var page = await requests.SendAsync(new("ListMultipartUploads", null, "list uploads"), budget,
                (client, token) => client.ListMultipartUploadsAsync(
                    new ListMultipartUploadsRequest { BucketName = Bucket, Prefix = Prefix, KeyMarker = next }, token), cancellationToken);
            foreach (var upload in page.MultipartUploads ?? [])
            {
                var key = upload.Key[Prefix.Length..];
                if (ObjectKeys.IsKey(key) && await SizeOfAsync(key, upload.UploadId, budget, cancellationToken) is { } bytes)
                    yield return new($"{key}{UploadMark}{upload.UploadId}", bytes, null, WrittenAt(upload.Initiated));
            }
            next = page.IsTruncated is true ? page.NextKeyMarker : null;
        }
        while (next is not null);
    }

    /// <inheritdoc/>
    public async Task DeleteLeftoverAsync(StoredObject leftover, CancellationToken cancellationToken)
    {
        var mark = leftover.Key.IndexOf(UploadMark, StringComparison.Ordinal);
        var (key, uploadId) = (leftover.Key[..mark], leftover.Key[(mark + UploadMark.Length)..]);
        try
        {
            await requests.SendAsync(new("AbortMultipartUpload", key, $"abort an upload of '{key}'", IsWrite: true), requests.Open(),
                (client, token) => client.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = Bucket, Key = FullKey(key), UploadId = uploadId }, token),
                    cancellationToken);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            // It ended by itself.
        }
    }

    /// <summary>SHA-256 of an object that others stored, by reading it.</summary>
    internal async Task<string> HashAsync(StoredObject source, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var budget = requests.Open();
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(RangeBytes, Math.Max(1, source.Bytes)));
        try
        {
            for (long offset = 0; offset < source.Bytes; offset += RangeBytes)
            {
                var range = buffer.AsMemory(0, (int)Math.Min(RangeBytes, source.Bytes - offset));
                await ReadAsync(source, offset, range, budget, cancellationToken);
                hash.AppendData(range.Span);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    async Task ReadAsync(StoredObject source, long offset, Memory<byte> target, RetryBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            await requests.SendAsync(new("GetObject", source.Key, $"read '{source.Key}'"), budget, async (client, token) =>
            {
                using var answer = await client.GetObjectAsync(new GetObjectRequest
                {
                    BucketName = Bucket, Key = FullKey(source.Key), ByteRange = new(offset, offset + target.Length - 1),
                    EtagToMatch = source.Version,
                }, token);
                await answer.ResponseStream.ReadExactlyAsync(target, token);
                return answer;
            }, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.NotFound)
        {
            throw StoreFailures.Missing(this, source.Key, e);
        }
        catch (AmazonS3Exception e)
        {
            throw StoreFailures.Changed(this, source.Key, "it is another one than was found there at first", e);
        }
    }

    async Task<long?> SizeOfAsync(string key, string uploadId, RetryBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            var (bytes, marker) = (0L, (string?)null);
            do
            {
                var page = await requests.SendAsync(new("ListParts", key, $"look at an upload of '{key}'"), budget,
                    (client, token) => client.ListPartsAsync(
                        new ListPartsRequest { BucketName = Bucket, Key = FullKey(key), UploadId = uploadId, PartNumberMarker = marker },
                        token), cancellationToken);
                bytes += (page.Parts ?? []).Sum(part => part.Size ?? 0);
                marker = page.IsTruncated is true ? page.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture) : null;
            }
            while (marker is not null);
            return bytes;
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            return null;
        }
    }

    /// <summary>Without it nothing is there, and that would not be the reason.</summary>
    async Task EnsureBucketAsync(RetryBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            await requests.SendAsync(new("HeadBucket", null, $"look at the bucket '{Bucket}'"), budget,
                (client, token) => client.HeadBucketAsync(new HeadBucketRequest { BucketName = Bucket }, token), cancellationToken);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            throw new ActivityFailedException("store.no_bucket",
                $"The bucket '{Bucket}' of the object store {Root} does not exist. Create it, or give another store with --store.",
                isRetryable: false, e);
        }
        catch (ActivityFailedException e) when (e.Code == "store.access_denied")
        {
            // Who may read objects need not be allowed to look at the bucket.
        }
    }

    string FullKey(string key) => ObjectKeys.IsKey(key)
        ? Prefix + key
        : throw new ArgumentException($"'{key}' is not a key of the object store.", nameof(key));

    static DateTimeOffset? WrittenAt(DateTime? time) => time is { } at ? new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero) : null;
}
