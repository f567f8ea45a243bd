using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Workflows.Runs;

/// <summary>Identity of a worker: the process on its machine, as the lease names it.</summary>
static class WorkerIdentity
{
    /// <summary>This process, such as <c>build-7/4711/639012345678901234</c>: machine, process id, ticks of its start.</summary>
    public static string Current { get; } = OfThisProcess();

    /// <summary>
    /// Whether a lease's owner was a process of this machine that has ended, so that no worker needs to wait for the lease to expire. A
    /// wrong answer costs no more than the other worker's attempt: the fencing token still decides who may write.
    /// </summary>
    public static bool IsDead(string owner)
    {
        var parts = owner.Split('/');
        if (parts is not [var machine, var id, var started] || machine != Environment.MachineName || owner == Current) return false;
        if (!int.TryParse(id, CultureInfo.InvariantCulture, out var processId)) return false;
        try
        {
            using var process = Process.GetProcessById(processId);
            return TicksOf(process) != started;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return true;
        }
    }

    static string OfThisProcess()
    {
        using var process = Process.GetCurrentProcess();
        return $"{Environment.MachineName}/{process.Id.ToString(CultureInfo.InvariantCulture)}/{TicksOf(process)}";
    }

    // The start is computed from the machine's boot time, which jitters below a second.
    static string TicksOf(Process process) =>
        (process.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond).ToString(CultureInfo.InvariantCulture);
}
