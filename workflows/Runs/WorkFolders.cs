using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// The folders of attempts: <c>{data}/work/{run}/{activity}-{attempt}</c> to work in, and <c>{handover}/{run}/{activity}-{attempt}</c> for
/// what a later activity reads.
/// </summary>
/// <remarks>
/// Two places, because they have opposite needs. Scratch must be near and fast, and nobody misses it. What is handed over must be there for
/// whichever worker goes on with the run: on the disk of a machine that is gone it would cost the run, or the activity that made it would
/// have to be executed again although its journal says that it completed. Where the object store is a folder, all of its workers
/// share that folder, and uploading from it is a link. With another kind of store the host names a shared folder; without one, files of a
/// lost machine are an error that says so, and a rerun makes them again.
/// </remarks>
sealed partial class WorkFolders(IOptions<RunOptions> options, ILogger<WorkFolders> log)
{
    public string Of(Guid runId, string activityId, int attempt) => Path.Combine(Work, runId.ToString(), $"{activityId}-{attempt}");

    public string HandoverOf(Guid runId, string activityId, int attempt) => Path.Combine(Handover, runId.ToString(), $"{activityId}-{attempt}");

    /// <summary>Removes what failed attempts left behind.</summary>
    public void RemoveLitter(Guid runId, string activityId, IEnumerable<int> attempts)
    {
        foreach (var attempt in attempts)
        {
            Remove(Of(runId, activityId, attempt));
            Remove(HandoverOf(runId, activityId, attempt));
        }
    }

    /// <summary>Removes everything of a run that has ended.</summary>
    public void RemoveRun(Guid runId)
    {
        Remove(Path.Combine(Work, runId.ToString()));
        Remove(Path.Combine(Handover, runId.ToString()));
    }

    string Work => Path.Combine(Path.GetFullPath(options.Value.DataDirectory), "work");

    string Handover => options.Value.HandoverDirectory is { } shared ? Path.GetFullPath(shared) : Work;

    void Remove(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception stuck) when (stuck is IOException or UnauthorizedAccessException)
        {
            // Litter costs space and nothing else; a run must not fail for it.
            FolderStays(folder, stuck.Message);
        }
    }

    [LoggerMessage(1002, LogLevel.Warning, "The work folder {Folder} could not be removed: {Reason}")]
    partial void FolderStays(string folder, string reason);
}
