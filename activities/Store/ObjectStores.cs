using Orchestrator.Activities.Store.S3;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Activities.Store;

/// <summary>The object store that an address names.</summary>
public static class ObjectStores
{
    /// <summary>Reads an address as a person writes it.</summary>
    /// <param name="text">Such as <c>file:///srv/store</c>, <c>file:relative/folder</c> or <c>s3://bucket/prefix</c>.</param>
    /// <exception cref="FormatException">It is none, with what to write.</exception>
    public static Uri ReadAddress(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var address))
        {
            if (address.IsFile) return new(address.AbsoluteUri.TrimEnd('/') + "/");
            if (address.Scheme == S3Address.Scheme) return S3Address.Parse(address).Root;
        }
        // file:relative/folder is no absolute address, yet says clearly what is meant.
        if (text.StartsWith("file:", StringComparison.Ordinal) && text.Length > 5)
            return new(Path.GetFullPath(text[5..]) + Path.DirectorySeparatorChar);
        // What begins with s3: is not repeated: it may hold a secret.
        throw new FormatException(text.StartsWith("s3:", StringComparison.OrdinalIgnoreCase)
            ? "The address names no bucket. Write it as s3: and a bucket with a prefix, such as --store s3://bucket/prefix."
            : $"'{text}' is not an object store. Write it as file: and a folder or s3: and a bucket, such as --store file:///srv/store " +
                "or --store s3://bucket/prefix.");
    }

    /// <summary>Opens a store; it is not asked for anything yet.</summary>
    /// <param name="address">As <see cref="ReadAddress"/> gives it.</param>
    public static IObjectStore Open(Uri address, S3Options options, TimeProvider time, JitterSource jitter) =>
        address.Scheme == S3Address.Scheme ? new S3Store(address, options, time, jitter) : new FolderStore(address);
}
