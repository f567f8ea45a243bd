using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Orchestrator.Workflows.Runs;

/// <summary>The folders that attempts work in: <c>{data}/work/{run}/{activity}-{attempt}</c>.</summary>
sealed partial class WorkFolders(IOptions<RunOptions> options, ILogger<WorkFolders> log)
{
    public string Of(Guid runId, string activityId, int attempt) => Path.Combine(OfRun(runId), $"{activityId}-{attempt}");

    /// <summary>Removes what failed attempts left behind.</summary>
    public void RemoveLitter(Guid runId, string activityId, IEnumerable<int> attempts)
    {
        foreach (var attempt in attempts) Remove(Of(runId, activityId, attempt));
    }

    /// <summary>Removes everything of a run that has ended.</summary>
    public void RemoveRun(Guid runId) => Remove(OfRun(runId));

    string OfRun(Guid runId) => Path.Combine(Path.GetFullPath(options.Value.DataDirectory), "work", runId.ToString());

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
