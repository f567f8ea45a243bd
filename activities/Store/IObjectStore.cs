namespace Orchestrator.Activities.Store;

/// <summary>
/// Files by key, written once. An object is there as a whole or not at all, and never changes; readers learn keys from the catalog and
/// never by listing. A key is one or more names of letters, digits and <c>. _ - =</c>, joined by slashes.
/// </summary>
public interface IObjectStore
{
    /// <summary>Size of the largest object in bytes: 5 GB, the most that S3 copies in one request.</summary>
    const long MaxBytes = 5L << 30;

    /// <summary>Address of the store, ending in a slash, such as <c>file:///srv/store/</c> or <c>s3://bucket/prefix/</c>.</summary>
    Uri Root { get; }

    /// <summary>Address of an object.</summary>
    /// <param name="key">Key below the root; a prefix ending in a slash gives the address of a folder.</param>
    /// <exception cref="ArgumentException">The text is no key.</exception>
    Uri AddressOf(string key);

    /// <summary>Puts a local file into the store, durably, unless the key is taken.</summary>
    /// <param name="progress">Told how far it is; lets it go on with an upload that was cut off.</param>
    /// <returns>What is stored now. The same content already under the key counts as stored by this call.</returns>
    /// <exception cref="ActivityFailedException">
    /// <c>store.already_exists</c>: the key has other content; <c>store.missing_file</c>, <c>store.file_too_large</c>,
    /// <c>store.read_only</c>, <c>store.full</c>: the file cannot be stored.
    /// </exception>
    Task<StoredObject> PutFileAsync(string key, string localPath, UploadProgress? progress, CancellationToken cancellationToken);

    /// <summary>Finds what is stored under a key, without its content; <see langword="null"/> if nothing is.</summary>
    Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Copies an object into a new local file.</summary>
    /// <param name="source">As <see cref="FindAsync"/> gave it.</param>
    /// <exception cref="ActivityFailedException">
    /// <c>store.missing_object</c>: nothing is stored under the key any more; <c>store.changed_object</c>: something else is.
    /// </exception>
    Task DownloadAsync(StoredObject source, string localPath, CancellationToken cancellationToken);

    /// <summary>
    /// The objects whose keys start with a prefix, by key bytewise ascending. For sealing, clean-up and diagnosis, never to find data.
    /// </summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object; nothing happens where there is none.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Finds leftovers of puts that never ended, such as half-written files or uploads that were not completed. No key reaches them.
    /// </summary>
    IAsyncEnumerable<StoredObject> ListLeftoversAsync(CancellationToken cancellationToken);

    /// <summary>Removes a leftover.</summary>
    /// <param name="leftover">As it was listed.</param>
    Task DeleteLeftoverAsync(StoredObject leftover, CancellationToken cancellationToken);
}

/// <summary>An object of a store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal; <see langword="null"/> if the store does not know it, and in
/// listings.</param>
/// <param name="WrittenAt">When its content was written; only in listings.</param>
/// <param name="Version">Tells this content from another one under the same key, such as an entity tag; only where it was found by
/// key.</param>
public sealed record StoredObject(string Key, long Bytes, string? Sha256, DateTimeOffset? WrittenAt = null, string? Version = null);

/// <summary>The progress of a put, and the upload that it continues.</summary>
/// <param name="Bytes">Told how many bytes more have been taken. Those of parts that were there already count.</param>
/// <param name="UploadId">An upload of the same file to the same key that was cut off, where the store has such things: its parts are not
/// sent again.</param>
/// <param name="PartStored">Told the upload's id after each part that is stored; a later put can go on from there.</param>
public sealed record UploadProgress(IProgress<long>? Bytes = null, string? UploadId = null, Func<string, Task>? PartStored = null);
