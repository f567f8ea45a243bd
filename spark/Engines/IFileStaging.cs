namespace Orchestrator.Spark.Engines;

/// <summary>Brings files to an engine that works in this process, and takes what an engine wrote.</summary>
public interface IFileStaging
{
    /// <summary>
    /// The local folders that <see cref="FetchAsync"/> answers from: what an embedded engine may read besides the folders it gives.
    /// </summary>
    IReadOnlyList<string> Folders { get; }

    /// <summary>Makes a file of the store readable on the local disk.</summary>
    /// <param name="folder">A folder of the caller's, where the file may be put; it is there for as long as that folder is.</param>
    /// <returns>Its local path; the caller only reads it.</returns>
    Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken);

    /// <summary>Moves a local file into the store, written once: an object that is already there with other content is an error.</summary>
    /// <returns>SHA-256 of its content, lower-case hexadecimal.</returns>
    Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken);

    /// <summary>
    /// Takes what an engine outside of this process wrote into a folder of the store, before anybody reads it: makes it durable, removes
    /// what is no data, and lists it once.
    /// </summary>
    /// <param name="folder">Address of the folder, ending in a slash.</param>
    /// <returns>Its Parquet files by name; <see langword="null"/> if the engine has not marked it as complete with
    /// <c>_SUCCESS</c>.</returns>
    Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken);
}
