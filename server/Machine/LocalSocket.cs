namespace Orchestrator.Server.Machine;

/// <summary>
/// A Unix socket in a folder that only this process' user can enter. Clients are that user or root, so no token is needed, which a file
/// would hold and a workflow of the same user could read.
/// </summary>
/// <remarks>A socket's path is limited to about 100 bytes, so the folder is a temporary one and never the data folder.</remarks>
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
