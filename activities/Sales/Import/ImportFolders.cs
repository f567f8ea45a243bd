using Microsoft.Win32.SafeHandles;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Keeps an import within the folders that an administrator listed. Every file is opened first, then it is asked where the opened file
/// really lies, and everything after that reads what was opened: links that are exchanged meanwhile change nothing.
/// </summary>
/// <param name="scratch">A folder of the attempt; names of the opened files are made in it.</param>
sealed class ImportFolders(ImportFolderOptions options, string scratch) : IDisposable
{
    const string OpenedFiles = "/proc/self/fd";
    const int MostLinks = 40;

    static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    readonly List<string> allowed = [.. options.Allowed.Select(RealPathOf)];
    readonly List<string> forbidden = [.. options.Forbidden.Select(RealPathOf)];
    readonly List<SafeFileHandle> opened = [];
    readonly string links = Path.Combine(scratch, "source");

    /// <summary>Refuses a source outside of the folders, before anything is looked for there.</summary>
    /// <exception cref="ActivityFailedException">
    /// <c>import.invalid_input</c>, <c>import.no_folders</c>, <c>import.folder_not_allowed</c>.
    /// </exception>
    public string Check(string? source)
    {
        if (string.IsNullOrWhiteSpace(source) || source.Contains('\0', StringComparison.Ordinal))
            throw new ActivityFailedException("import.invalid_input",
                "The input source is empty or no path. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", isRetryable: false);
        if (allowed.Count == 0) throw new ActivityFailedException("import.no_folders",
            "No folder is listed that imports may read. " +
            "An administrator lists folders in the setting Import:Folders, such as Import__Folders=/srv/sales.", isRetryable: false);
        return IsAllowed(RealPathOf(source)) ? source : throw NotAllowed($"The source '{source}'");
    }

    /// <summary>Opens the files of a source.</summary>
    /// <returns>The same files under names that lead to what was opened, where the system has such names.</returns>
    /// <exception cref="ActivityFailedException">
    /// <c>import.folder_not_allowed</c>: a file lies outside of the folders, or in one of the platform.
    /// </exception>
    public SourceFiles Open(SourceFiles files)
    {
        return files with { Folder = HasNames ? LinkOf(files.Folder) : files.Folder, Paths = [.. files.Paths.Select(Open)] };
    }

    /// <summary>A failure with the files' own names in its text.</summary>
    public ActivityFailedException Named(ActivityFailedException failure)
    {
        if (!failure.Message.Contains(links, StringComparison.Ordinal)) return failure;
        var message = failure.Message.Replace(
            $"{links}{Path.DirectorySeparatorChar}", $"{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        return new(failure.Code, message, failure.IsRetryable, failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var handle in opened) handle.Dispose();
        if (Directory.Exists(links)) Directory.Delete(links, recursive: true);
    }

    static bool HasNames { get; } = OperatingSystem.IsLinux() && Directory.Exists(OpenedFiles);

    string Open(string path)
    {
        // No lock: others may go on writing their next file over this one.
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        opened.Add(handle);
        var own = $"{OpenedFiles}/{handle.DangerousGetHandle()}";
        var real = HasNames ? File.ResolveLinkTarget(own, returnFinalTarget: false)!.FullName : RealPathOf(path);
        if (!IsAllowed(real)) throw NotAllowed($"The file '{path}'");
        if (!HasNames) return real;
        var link = LinkOf(path);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, own);
        return link;
    }

    // With the whole path: folders such as 'day=2026-10-05' give columns.
    string LinkOf(string path) => Path.Combine(links, path[Path.GetPathRoot(path)!.Length..]);

    bool IsAllowed(string real) => allowed.Exists(root => IsBelow(real, root)) && !forbidden.Exists(root => IsBelow(real, root));

    ActivityFailedException NotAllowed(string what) => new("import.folder_not_allowed",
        $"{what} is not below a folder that imports may read ({string.Join(", ", options.Allowed)}), leads out of it by a link, " +
        "or lies in the platform's own data. " +
        "Move it there, or have an administrator add its folder to the setting Import:Folders.", isRetryable: false);

    static bool IsBelow(string path, string root) => path.Equals(root, Comparison)
        || path.StartsWith(root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar, Comparison);

    /// <summary>A path without links in any of its parts; what does not exist is as it is written.</summary>
    static string RealPathOf(string path)
    {
        var full = Path.GetFullPath(path);
        for (var followed = 0; followed < MostLinks; followed++)
        {
            if (FirstLinkIn(full) is not var (link, target, behind)) return Path.TrimEndingDirectorySeparator(full);
            full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, target, behind));
        }
        return full;
    }

    static (string Link, string Target, string Behind)? FirstLinkIn(string full)
    {
        var root = Path.GetPathRoot(full)!;
        var parts = full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var prefix = root;
        for (var i = 0; i < parts.Length; i++)
        {
            prefix = Path.Combine(prefix, parts[i]);
            if (new FileInfo(prefix).LinkTarget is { } target) return (prefix, target, Path.Combine([.. parts[(i + 1)..]]));
        }
        return null;
    }
}
