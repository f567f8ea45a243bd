using System.IO.Enumeration;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>The kind of a source's files.</summary>
enum SourceKind
{
    /// <summary>Parquet.</summary>
    Parquet = 0,

    /// <summary>Fields between delimiters.</summary>
    Csv = 1,

    /// <summary>JSON objects, one a line or in an array.</summary>
    JsonLines = 2,
}

/// <summary>The files that a source names, all of one kind, each once.</summary>
/// <param name="Kind">How they are written.</param>
/// <param name="Folder">The folder that names in quarantine are relative to.</param>
/// <param name="Paths">Their full paths, bytewise ascending.</param>
sealed record SourceFiles(SourceKind Kind, string Folder, IReadOnlyList<string> Paths)
{
    const string Endings = ".parquet, .csv, .tsv, .txt, .json, .jsonl and .ndjson, the text files also with .gz or .zst behind";

    /// <summary>
    /// Finds what a text names: a file, a folder with everything below it, or a glob whose last part has wildcards. In folders and globs,
    /// names that begin with a dot or an underscore are no data: other programs keep their unfinished and internal files there.
    /// </summary>
    /// <exception cref="ActivityFailedException">
    /// <c>import.source_missing</c>, <c>import.no_files</c>, <c>import.not_a_file</c>, <c>import.mixed_files</c>,
    /// <c>import.packed_twice</c>,
    /// <c>import.empty_file</c>.
    /// </exception>
    public static SourceFiles Find(string source)
    {
        if (string.IsNullOrWhiteSpace(source) || source.Contains('\0', StringComparison.Ordinal)) throw Missing(source, "names no file");
        var path = Path.GetFullPath(source);
        var (folder, found) = File.Exists(path) ? (Path.GetDirectoryName(path)!, [path])
            : Directory.Exists(path) ? (path, FilesIn(path))
            : (Path.GetDirectoryName(path) ?? path, Matching(source, path));
        var files = EachOnce(found);
        var kinds = files.GroupBy(KindOf).ToList();
        if (kinds.Count > 1) throw new ActivityFailedException("import.mixed_files",
            $"The source '{source}' has files of several kinds: {string.Join(", ", kinds.Select(kind => $"{kind.Count()} {kind.Key}"))}. " +
            "Name those of one kind by a glob, such as 'sales/*.parquet', so that no sale counts twice.", isRetryable: false);
        if (files.GroupBy(Unpacked).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ActivityFailedException("import.packed_twice",
            $"The source '{source}' has a file both packed and unpacked: {string.Join(", ", twice.Select(file => $"'{file}'"))}. " +
            "Remove one, or name the others by a glob, such as 'sales/*.csv', so that no sale counts twice.", isRetryable: false);
        if (files.Find(file => new FileInfo(file).Length == 0) is { } empty) throw new ActivityFailedException("import.empty_file",
            $"The file '{empty}' is empty: it has 0 bytes. Get it again, or leave it out of the source.", isRetryable: false);
        return new(kinds[0].Key, folder, files);
    }

    /// <summary>Name of a file as quarantine shows it.</summary>
    public string NameOf(int file) => Path.GetRelativePath(Folder, Paths[file]);

    static List<string> FilesIn(string root)
    {
        var files = new List<string>();
        var folders = new Queue<string>([root]);
        // A link may lead back to a folder that it lies in.
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (folders.TryDequeue(out var folder))
        {
            if (FileIdentity.Of(folder) is not { } identity || !visited.Add(identity.Id)) continue;
            foreach (var entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
            {
                if (!IsData(entry)) continue;
                if (Directory.Exists(entry)) folders.Enqueue(entry);
                else if (IsKnown(entry)) files.Add(entry);
            }
        }
        return files.Count > 0 ? files : throw new ActivityFailedException("import.no_files",
            $"The folder '{root}' has no files to import. Those it looks for end in {Endings}. Names that begin with '.' or '_' are " +
            "left out.", isRetryable: false);
    }

    static List<string> Matching(string source, string path)
    {
        var pattern = Path.GetFileName(path);
        var isGlob = pattern.AsSpan().ContainsAny('*', '?');
        var folder = Path.GetDirectoryName(path);
        // As in a shell, a wildcard never stands for the dot or underscore that a name begins with.
        var files = isGlob && Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder).Where(file => (IsData(file) || pattern[0] == Path.GetFileName(file)[0])
                && FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(file), ignoreCase: false) && !Directory.Exists(file))
                    .ToList()
            : [];
        return files.Count > 0 ? files : throw Missing(source, isGlob ? "matches no file" : "does not exist");
    }

    static List<string> EachOnce(List<string> found)
    {
        var files = new List<string>();
        var read = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in found.Order(StringComparer.Ordinal))
        {
            if (FileIdentity.Of(file) is not { } identity) throw new ActivityFailedException("import.source_missing",
                $"The link '{file}' leads to no file. Get the file again, or remove the link.", isRetryable: false);
            if (!identity.IsFile) throw new ActivityFailedException("import.not_a_file",
                $"'{file}' is a device, a pipe or a socket. Write its content into a file and import that.", isRetryable: false);
            if (read.Add(identity.Id)) files.Add(file);
        }
        return files;
    }

    static ActivityFailedException Missing(string source, string what) => new("import.source_missing",
        $"The source '{source}' {what}. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", isRetryable: false);

    static bool IsData(string path) => Path.GetFileName(path)[0] is not ('.' or '_');

    static SourceKind KindOf(string path) => Path.GetExtension(Unpacked(path)).ToLowerInvariant() switch
    {
        ".parquet" => SourceKind.Parquet,
        ".json" or ".jsonl" or ".ndjson" => SourceKind.JsonLines,
        _ => SourceKind.Csv,
    };

    static bool IsKnown(string path) => Path.GetExtension(Unpacked(path))
        .ToLowerInvariant() is ".parquet" or ".csv" or ".tsv" or ".txt" or ".json" or ".jsonl" or ".ndjson";

    static string Unpacked(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".zst" ? Path.ChangeExtension(path, null) : path;
}
