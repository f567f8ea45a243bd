namespace Orchestrator.Tests;

/// <summary>The checkout that the tests were built from.</summary>
static class Repository
{
    static readonly string[] Generated = ["artifacts", "node_modules", ".git", ".data"];

    /// <summary>The folder with the solution file.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Files with one of these endings, as paths below the root with forward slashes.</summary>
    public static IEnumerable<string> Files(params string[] endings) =>
        Walk(Root).Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)));

    public static IEnumerable<string> Folders() => Files("").Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/')).Distinct();

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Concat(Directory.EnumerateDirectories(folder).Where(child => !Generated.Contains(Path.GetFileName(child))).SelectMany(Walk));

    static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Orchestrator.sln")) ? folder
        : Path.GetDirectoryName(folder) is { } parent ? Find(parent)
        : throw new InvalidOperationException($"No Orchestrator.sln above '{AppContext.BaseDirectory}'. Run the tests from their build output.");
}
