namespace Orchestrator.Spark.Engines;

/// <summary>Brings files to an engine that works in this process, and takes what it wrote to the store.</summary>
public interface IFileStaging
{
    /// <summary>The local folders that <see cref="FetchAsync"/> answers from: what an embedded engine may read besides its scratch.</summary>
    IReadOnlyList<string> Folders { get; }

    /// <summary>Makes a file of the store readable on the local disk.</summary>
    /// <returns>Its local path; the caller only reads it.</returns>
    Task<string> FetchAsync(Uri address, CancellationToken cancellationToken);

    /// <summary>Moves a local file into the store, written once: an object that is already there with other content is an error.</summary>
    /// <returns>SHA-256 of its content, lower-case hexadecimal.</returns>
    Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken);
}
