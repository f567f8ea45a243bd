namespace Orchestrator.Server.Machine;

/// <summary>
/// A Unix socket in a folder that only this process' user can enter. Whoever connects is that user or root, so it needs no token, which a
/// file would keep
/// and a workflow of the same user could read.
/// </summary>
/// <remarks>The path of a socket has at most about 100 bytes, so the folder is a temporary one and never the data folder.</remarks>
sealed class LocalSocket : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("orchestrator-");

    /// <summary>Path to listen on and to connect to.</summary>
    public string Path => System.IO.Path.Combine(folder.FullName, "api");

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(folder.FullName)) folder.Delete(recursive: true);
    }
}
