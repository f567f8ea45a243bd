namespace Orchestrator.Activities.Store;

/// <summary>
/// Files by key, written once. An object is there as a whole or not at all, and never changes; readers learn keys from the catalog and
/// never by listing. A key is one or more names of letters, digits and <c>. _ - =</c>, joined by slashes.
/// </summary>
public interface IObjectStore
{
    /// <summary>Address of the store, ending in a slash, such as <c>file:///srv/store/</c>.</summary>
    Uri Root { get; }

    /// <summary>Address of an object.</summary>
    /// <param name="key">Key below the root; a prefix ending in a slash gives the address of a folder.</param>
    /// <exception cref="ArgumentException">The text is no key.</exception>
    Uri AddressOf(string key);

    /// <summary>Puts a local file into the store, durably, unless the key is taken.</summary>
    /// <param name="bytes">Told how many bytes have been taken so far.</param>
    /// <returns>What is stored now. The same content already under the key counts as stored by this call.</returns>
    /// <exception cref="ActivityFailedException">
    /// <c>store.already_exists</c>: the key has other content; <c>store.missing_file</c>, <c>store.file_too_large</c>,
    /// <c>store.read_only</c>, <c>store.full</c>: the file cannot be stored.
    /// </exception>
    Task<StoredObject> PutFileAsync(string key, string localPath, IProgress<long>? bytes, CancellationToken cancellationToken);

    /// <summary>Whether something is stored under a key.</summary>
    Task<bool> ExistsAsync(string key, CancellationToken cancellationToken);

    /// <summary>Opens an object for reading from its start.</summary>
    /// <exception cref="ActivityFailedException"><c>store.missing_object</c>: nothing is stored under the key.</exception>
    Task<Stream> OpenReadAsync(string key, CancellationToken cancellationToken);

    /// <summary>The objects whose keys start with a prefix, by key bytewise ascending. For clean-up and diagnosis, never to find data.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Removes an object; nothing happens where there is none.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>What puts that never ended left behind, such as half-written files or uploads that were not completed. No key reaches them.</summary>
    IAsyncEnumerable<StoredObject> ListLeftoversAsync(CancellationToken cancellationToken);

    /// <summary>Removes a leftover.</summary>
    /// <param name="leftover">As it was listed.</param>
    Task DeleteLeftoverAsync(StoredObject leftover, CancellationToken cancellationToken);
}

/// <summary>An object of a store.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its content, lower-case hexadecimal; <see langword="null"/> in listings.</param>
/// <param name="WrittenAt">When its content was written; only in listings.</param>
public sealed record StoredObject(string Key, long Bytes, string? Sha256, DateTimeOffset? WrittenAt = null);
