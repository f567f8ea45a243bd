using System.IO.Enumeration;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>How the files of a source are written.</summary>
enum SourceKind
{
    /// <summary>Parquet.</summary>
    Parquet = 0,

    /// <summary>Fields between delimiters.</summary>
    Csv = 1,

    /// <summary>One JSON object a line.</summary>
    JsonLines = 2,
}

/// <summary>The files that a source names, all of one kind.</summary>
/// <param name="Kind">How they are written.</param>
/// <param name="Folder">The folder that names in quarantine are relative to.</param>
/// <param name="Paths">Their full paths, bytewise ascending.</param>
sealed record SourceFiles(SourceKind Kind, string Folder, IReadOnlyList<string> Paths)
{
    const string Endings = ".parquet, .csv, .tsv, .txt, .json, .jsonl and .ndjson, the text files also with .gz or .zst behind";

    /// <summary>Finds what a text names: a file, a folder with everything below it, or a glob whose last part has wildcards.</summary>
    /// <exception cref="ActivityFailedException">
    /// <c>import.source_missing</c>, <c>import.no_files</c>, <c>import.mixed_files</c>, <c>import.empty_file</c>.
    /// </exception>
    public static SourceFiles Find(string source)
    {
        var path = Path.GetFullPath(source);
        var (folder, found) = File.Exists(path) ? (Path.GetDirectoryName(path)!, [path])
            : Directory.Exists(path) ? (path, FilesIn(path))
            : (Path.GetDirectoryName(path) ?? path, Matching(source, path));
        var kinds = found.GroupBy(KindOf).ToList();
        if (kinds.Count > 1) throw new ActivityFailedException("import.mixed_files",
            $"The source '{source}' has files of several kinds: {string.Join(", ", kinds.Select(kind => $"{kind.Count()} {kind.Key}"))}. " +
            "Name those of one kind by a glob, such as 'sales/*.parquet', so that no sale counts twice.", isRetryable: false);
        if (found.FirstOrDefault(file => new FileInfo(file).Length == 0) is { } empty) throw new ActivityFailedException("import.empty_file",
            $"The file '{empty}' is empty: it has 0 bytes. Get it again, or leave it out of the source.", isRetryable: false);
        return new(kinds[0].Key, folder, [.. found.Order(StringComparer.Ordinal)]);
    }

    /// <summary>Name of a file as quarantine shows it.</summary>
    public string NameOf(int file) => Path.GetRelativePath(Folder, Paths[file]);

    static List<string> FilesIn(string folder)
    {
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => IsKnown(file) && Path.GetFileName(file)[0] is not ('.' or '_')).ToList();
        return files.Count > 0 ? files : throw new ActivityFailedException("import.no_files",
            $"The folder '{folder}' has no files to import. Those it looks for end in {Endings}.", isRetryable: false);
    }

    static List<string> Matching(string source, string path)
    {
        var isGlob = path.AsSpan().ContainsAny('*', '?');
        var folder = Path.GetDirectoryName(path);
        var files = isGlob && Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder).Where(file => FileSystemName.MatchesSimpleExpression(Path.GetFileName(path), Path.GetFileName(file), ignoreCase: false)).ToList()
            : [];
        return files.Count > 0 ? files : throw new ActivityFailedException("import.source_missing",
            $"The source '{source}' {(isGlob ? "matches no file" : "does not exist")}. Give a file, a folder, or a glob such as 'sales/2026-*.csv'.", isRetryable: false);
    }

    static SourceKind KindOf(string path) => WithoutCompression(path) switch
    {
        ".parquet" => SourceKind.Parquet,
        ".json" or ".jsonl" or ".ndjson" => SourceKind.JsonLines,
        _ => SourceKind.Csv,
    };

    static bool IsKnown(string path) => WithoutCompression(path) is ".parquet" or ".csv" or ".tsv" or ".txt" or ".json" or ".jsonl" or ".ndjson";

    static string WithoutCompression(string path)
    {
        var ending = Path.GetExtension(path).ToLowerInvariant();
        return ending is ".gz" or ".zst" ? Path.GetExtension(Path.GetFileNameWithoutExtension(path)).ToLowerInvariant() : ending;
    }
}
