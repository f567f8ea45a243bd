using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Workflows.Workers;

/// <summary>A file that an activity made for a later one of its run.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its path from the folder of all such files on, with slashes, such as
/// <c>.staged/{run}/GenerateSales1-1/part-0.parquet</c>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="WrittenAt">When its content was written.</param>
public sealed record HandedOverFile(Guid RunId, string Path, string Name, long Bytes, DateTimeOffset WrittenAt);

/// <summary>
/// The folders of attempts: <c>{data}/work/{run}/{activity}-{attempt}</c> for their work, and <c>{handover}/{run}/{activity}-{attempt}</c>
/// for files that a later activity reads.
/// </summary>
/// <remarks>
/// Two places, because they have opposite needs. Scratch must be near and fast, and its loss costs nothing. Files that are passed to a
/// later activity must be available to any worker that continues the run: on the disk of a lost machine they would cost the run, or the
/// activity that made them would have to execute again although its journal has its completion. If the object store is a folder, all of its
/// workers share that folder, and uploading from it is a link. With another kind of store the host names a shared folder; without one,
/// files of a lost machine are an error with that message, and a rerun makes them again.
/// </remarks>
public sealed partial class WorkFolders(IOptions<RunOptions> options, ILogger<WorkFolders> log)
{
    internal string Of(Guid runId, string activityId, int attempt) => SafeNames.Below(Work, runId.ToString(), NameOf(activityId, attempt));

    internal string HandoverOf(Guid runId, string activityId, int attempt) =>
        SafeNames.Below(Handover, runId.ToString(), NameOf(activityId, attempt));

    // The id is chosen by the author of the workflow.
    static string NameOf(string activityId, int attempt) =>
        string.Create(CultureInfo.InvariantCulture, $"{SafeNames.Of(activityId)}-{attempt}");

    /// <summary>Removes the files of failed attempts.</summary>
    internal void RemoveLitter(Guid runId, string activityId, IEnumerable<int> attempts)
    {
        foreach (var attempt in attempts)
        {
            Remove(Of(runId, activityId, attempt));
            Remove(HandoverOf(runId, activityId, attempt));
        }
    }

    /// <summary>Removes everything of a run that has ended.</summary>
    internal void RemoveRun(Guid runId)
    {
        Remove(SafeNames.Below(Work, runId.ToString()));
        Remove(SafeNames.Below(Handover, runId.ToString()));
    }

    /// <summary>
    /// Lists all files that are passed on within runs. Those of a run are removed when it ends; files of ended runs were left by a worker
    /// that died.
    /// </summary>
    public IReadOnlyList<HandedOverFile> ListHandedOver()
    {
        if (!Directory.Exists(Handover)) return [];
        var found = from folder in new DirectoryInfo(Handover).EnumerateDirectories()
                    where Guid.TryParseExact(folder.Name, "d", out _)
                    from file in folder.EnumerateFiles("*", EveryFile)
                    select new HandedOverFile(Guid.Parse(folder.Name), file.FullName,
                        Path.GetRelativePath(Path.GetDirectoryName(Handover)!, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length, new(file.LastWriteTimeUtc));
        return [.. found.OrderBy(file => file.Name, StringComparer.Ordinal)];
    }

    /// <summary>Removes a file, and the folders of its run that are then empty.</summary>
    public void Remove(HandedOverFile file)
    {
        var path = SafeNames.Below(Handover, file.Path);
        if (!File.Exists(path)) return;
        File.Delete(path);
        bool IsEmpty(string folder) => folder != Handover && !Directory.EnumerateFileSystemEntries(folder).Any();
        for (var folder = Path.GetDirectoryName(path)!; IsEmpty(folder); folder = Path.GetDirectoryName(folder)!)
            Directory.Delete(folder);
    }

    static EnumerationOptions EveryFile { get; } = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true };

    string Work => Path.Combine(Path.GetFullPath(options.Value.DataDirectory), "work");

    string Handover => options.Value.HandoverDirectory is { } shared ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(shared)) : Work;

    void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception stuck) when (stuck is IOException or UnauthorizedAccessException)
        {
            // Leftover files only cost space; a run must not fail because of them.
            FolderStays(folder, stuck.Message);
        }
    }

    [LoggerMessage(1002, LogLevel.Warning, "The work folder {Folder} could not be removed: {Reason}")]
    partial void FolderStays(string folder, string reason);
}
