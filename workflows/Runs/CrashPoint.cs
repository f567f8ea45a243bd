using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Workflows.Runs;

/// <summary>
/// For tests of recovery: the process kills itself with SIGKILL right before or right after it commits one event of a journal. Off unless
/// the environment has <c>ORCHESTRATOR_CRASH_BEFORE_EVENT</c> or <c>ORCHESTRATOR_CRASH_AFTER_EVENT</c> (a sequence number, from 1).
/// </summary>
sealed class CrashPoint(long? before, long? after)
{
    public static CrashPoint FromEnvironment() => new(Read("ORCHESTRATOR_CRASH_BEFORE_EVENT"), Read("ORCHESTRATOR_CRASH_AFTER_EVENT"));

    public void BeforeCommit(long first, long last) => KillIf(before, first, last);

    public void AfterCommit(long first, long last) => KillIf(after, first, last);

    static void KillIf(long? at, long first, long last)
    {
        if (at is not { } sequence || sequence < first || sequence > last) return;
        using var self = Process.GetCurrentProcess();
        self.Kill();
        self.WaitForExit();
    }

    static long? Read(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var sequence) ? sequence : null;
}
