using System.Globalization;
using System.Net;
using Amazon.S3;
using Amazon.S3.Model;

namespace Orchestrator.Activities.Store.S3;

/// <summary>
/// One file on its way to one key. Its SHA-256 goes into the object's metadata before anything is sent: when an answer was lost, or
/// somebody was there first, it tells whether what lies under the key is ours. Each part carries its own SHA-256, so the server stores what
/// was hashed or nothing.
/// </summary>
sealed class S3Upload(S3Requests requests, S3Store store, string key, string localPath, PartedHash file, UploadProgress? progress)
{
    /// <summary>Size of each part but the last. It is streamed from the disk; what is buffered is a small part of it.</summary>
    public const int PartBytes = 8 << 20;

    /// <summary>Name of the metadata with the SHA-256 of the whole file, lower-case hexadecimal.</summary>
    public const string Sha256Name = "sha256";

    // A larger body that is refused comes back as a reset connection more often than as the refusal, so it is asked for in parts.
    const int LargestInOneRequest = 512 << 10;

    // Callers keep the hash of the file with the id: the object's metadata has it from the start, so only the same file can go on.
    const char IdSeparator = '/';

    static readonly TimeSpan AbortWithin = TimeSpan.FromSeconds(1);

    readonly RetryBudget budget = requests.Open();

    string Bucket => requests.Place.Bucket;

    string FullKey => requests.Place.Prefix + key;

    /// <summary>Sends the file.</summary>
    public Task<StoredObject> RunAsync(CancellationToken cancellationToken) =>
        file.Bytes <= LargestInOneRequest && progress?.UploadId is null ? PutAsync(cancellationToken) : PutInPartsAsync(cancellationToken);

    async Task<StoredObject> PutAsync(CancellationToken cancellationToken)
    {
        var content = await File.ReadAllBytesAsync(localPath, cancellationToken);
        try
        {
            await requests.SendAsync(Asked("PutObject"), budget, (client, token) =>
            {
                var request = new PutObjectRequest
                {
                    BucketName = Bucket, Key = FullKey, InputStream = new MemoryStream(content, writable: false), IfNoneMatch = "*",
                    ChecksumAlgorithm = ChecksumAlgorithm.SHA256, ChecksumSHA256 = file.Parts[0],
                };
                request.Metadata[Sha256Name] = file.Sha256;
                return client.PutObjectAsync(request, token);
            }, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed)
        {
            await RecogniseAsync(e, cancellationToken);
        }
        progress?.Bytes?.Report(file.Bytes);
        return Stored;
    }

    async Task<StoredObject> PutInPartsAsync(CancellationToken cancellationToken)
    {
        var (uploadId, sent) = await ResumeAsync(cancellationToken);
        if (uploadId is null && progress?.UploadId is not null && await IsThereAsync(cancellationToken))
        {
            progress.Bytes?.Report(file.Bytes);
            return Stored;
        }
        uploadId ??= await InitiateAsync(cancellationToken);
        var isOver = false;
        try
        {
            var parts = await SendPartsAsync(uploadId, sent, cancellationToken);
            isOver = await CompleteAsync(uploadId, parts, cancellationToken);
            return Stored;
        }
        catch (ActivityFailedException e) when (e.IsRetryable && progress?.PartStored is not null)
        {
            isOver = true; // The next attempt goes on with it.
            throw;
        }
        finally
        {
            if (!isOver) await AbortAsync(uploadId, cancellationToken);
        }
    }

    StoredObject Stored => new(key, file.Bytes, file.Sha256);

    async Task<(string? UploadId, Dictionary<int, PartDetail> Sent)> ResumeAsync(CancellationToken cancellationToken)
    {
        var sent = new Dictionary<int, PartDetail>();
        if (progress?.UploadId?.Split(IdSeparator, 2) is not [var sha256, var uploadId]) return (null, sent);
        if (sha256 != file.Sha256)
        {
            await AbortAsync(uploadId, cancellationToken); // It was begun with another file of that name.
            return (null, sent);
        }
        try
        {
            string? marker = null;
            do
            {
                var page = await requests.SendAsync(Asked("ListParts"), budget,
                    (client, token) => client.ListPartsAsync(
                        new ListPartsRequest { BucketName = Bucket, Key = FullKey, UploadId = uploadId, PartNumberMarker = marker },
                        token), cancellationToken);
                foreach (var part in page.Parts ?? [])
                    if (IsSame(part)) sent[part.PartNumber!.Value] = part;
                marker = page.IsTruncated is true ? page.NextPartNumberMarker?.ToString(CultureInfo.InvariantCulture) : null;
            }
            while (marker is not null);
            return (uploadId, sent);
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            return (null, sent); // Completed, aborted, or expired by a rule of the bucket.
        }
    }

    bool IsSame(PartDetail part) => part.PartNumber is { } number && number >= 1 && number <= file.Parts.Count
        && part.Size == SizeOf(number) && part.ChecksumSHA256 == file.Parts[number - 1];

    async Task<string> InitiateAsync(CancellationToken cancellationToken)
    {
        var answer = await requests.SendAsync(Asked("CreateMultipartUpload"), budget, (client, token) =>
        {
            var request = new InitiateMultipartUploadRequest
            {
                BucketName = Bucket, Key = FullKey, ChecksumAlgorithm = ChecksumAlgorithm.SHA256,
            };
            request.Metadata[Sha256Name] = file.Sha256;
            return client.InitiateMultipartUploadAsync(request, token);
        }, cancellationToken);
        return answer.UploadId;
    }

    async Task<PartETag[]> SendPartsAsync(string uploadId, Dictionary<int, PartDetail> sent, CancellationToken cancellationToken)
    {
        var parts = new PartETag[file.Parts.Count];
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = requests.Options.ParallelParts, CancellationToken = cancellationToken,
        };
        try
        {
            await Parallel.ForAsync(1, file.Parts.Count + 1, parallel, async (number, stop) =>
            {
                var checksum = file.Parts[number - 1];
                var tag = sent.TryGetValue(number, out var before) ? before.ETag : await SendPartAsync(uploadId, number, checksum, stop);
                parts[number - 1] = new() { PartNumber = number, ETag = tag, ChecksumSHA256 = checksum };
                progress?.Bytes?.Report(SizeOf(number));
                if (before is null && progress?.PartStored is { } told) await told(file.Sha256 + IdSeparator + uploadId);
            });
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            throw Lost(e);
        }
        return parts;
    }

    async Task<string> SendPartAsync(string uploadId, int number, string checksum, CancellationToken cancellationToken)
    {
        var answer = await requests.SendAsync(Asked("UploadPart"), budget, (client, token) => client.UploadPartAsync(new UploadPartRequest
        {
            BucketName = Bucket, Key = FullKey, UploadId = uploadId, PartNumber = number,
            FilePath = localPath, FilePosition = (number - 1L) * PartBytes, PartSize = SizeOf(number),
            IsLastPart = number == file.Parts.Count,
            ChecksumAlgorithm = ChecksumAlgorithm.SHA256, ChecksumSHA256 = checksum,
        }, token), cancellationToken);
        return answer.ETag;
    }

    /// <returns>True: the upload is over. False: somebody else was there with the same content, and ours is of no use.</returns>
    async Task<bool> CompleteAsync(string uploadId, PartETag[] parts, CancellationToken cancellationToken)
    {
        try
        {
            await requests.SendAsync(Asked("CompleteMultipartUpload"), budget, (client, token) => client.CompleteMultipartUploadAsync(
                new CompleteMultipartUploadRequest
                {
                    BucketName = Bucket, Key = FullKey, UploadId = uploadId, PartETags = [.. parts],
                    IfNoneMatch = "*"
                }, token), cancellationToken);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode is HttpStatusCode.PreconditionFailed)
        {
            await RecogniseAsync(e, cancellationToken);
            return false;
        }
        catch (AmazonS3Exception e) when (S3Failures.IsNotFound(e))
        {
            return await IsThereAsync(cancellationToken) ? true : throw Lost(e);
        }
    }

    /// <summary>Whether the key holds what was to be put, because the answer was lost or because another wrote the same.</summary>
    async Task RecogniseAsync(AmazonS3Exception conflict, CancellationToken cancellationToken)
    {
        if (await IsThereAsync(cancellationToken)) return;
        throw new ActivityFailedException("infrastructure.object_store",
            $"The object store at {store.Root} said that '{key}' is there, and then that it is not. Somebody removes objects while they " +
            "are written.", isRetryable: true, conflict);
    }

    /// <returns>False if nothing is under the key.</returns>
    async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        if (await store.FindAsync(key, cancellationToken) is not { } found) return false;
        var isOurs = found.Bytes == file.Bytes && (found.Sha256 ?? await store.HashAsync(found, cancellationToken)) == file.Sha256;
        return isOurs ? true : throw StoreFailures.AlreadyExists(key);
    }

    /// <summary>Takes away what was sent. Where that fails too, <c>vacuum</c> or a rule of the bucket does it later.</summary>
    async Task AbortAsync(string uploadId, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(requests.Options.RequestTimeout);
        // Who cancels does not wait long, whether it was before or is now.
        await using var hurry = cancellationToken.Register(() => patience.CancelAfter(AbortWithin));
        try
        {
            await requests.SendAsync(Asked("AbortMultipartUpload"), budget,
                (client, token) => client.AbortMultipartUploadAsync(
                    new AbortMultipartUploadRequest { BucketName = Bucket, Key = FullKey, UploadId = uploadId }, token), patience.Token);
        }
        catch (Exception e) when (e is AmazonS3Exception or ActivityFailedException or OperationCanceledException)
        {
            // The reason why the upload failed is what is told.
        }
    }

    ActivityFailedException Lost(AmazonS3Exception cause) => new("infrastructure.object_store",
        $"The object store at {store.Root} does not know the upload of '{key}' any more. It is sent again.", isRetryable: true, cause);

    long SizeOf(int number) => Math.Min(PartBytes, file.Bytes - ((number - 1L) * PartBytes));

    S3Request Asked(string operation) => new(operation, key, $"store '{key}'", IsWrite: true);
}
