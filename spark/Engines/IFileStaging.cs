namespace Orchestrator.Spark.Engines;

/// <summary>Brings files to an engine that works in this process, and takes what it wrote to the store.</summary>
public interface IFileStaging
{
    /// <summary>The local folders that <see cref="FetchAsync"/> answers from: what an embedded engine may read besides the folders it gives.</summary>
    IReadOnlyList<string> Folders { get; }

    /// <summary>Makes a file of the store readable on the local disk.</summary>
    /// <param name="folder">A folder of the caller's, where the file may be put; it is there for as long as that folder is.</param>
    /// <returns>Its local path; the caller only reads it.</returns>
    Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken);

    /// <summary>Moves a local file into the store, written once: an object that is already there with other content is an error.</summary>
    /// <returns>SHA-256 of its content, lower-case hexadecimal.</returns>
    Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken);
}
