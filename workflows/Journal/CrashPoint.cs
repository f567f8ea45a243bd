using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Workflows.Journal;

/// <summary>
/// For tests of recovery: the process kills or stops itself. Off unless the environment sets a point.
/// <list type="bullet">
/// <item><c>ORCHESTRATOR_CRASH_BEFORE_EVENT</c>, <c>ORCHESTRATOR_CRASH_AFTER_EVENT</c>: SIGKILL right before or right after the commit of
/// that event of a journal (a sequence number, from 1).</item>
/// <item><c>ORCHESTRATOR_CRASH_AT</c>: SIGKILL at a named point, such as <c>load.staged</c>; with <c>load.staged:3</c>, when it gets there
/// for the third time.</item>
/// <item><c>ORCHESTRATOR_PAUSE_AT</c>: SIGSTOP at a named point, once; SIGCONT resumes it.</item>
/// </list>
/// </summary>
public sealed class CrashPoint
{
    readonly long? before = Number("ORCHESTRATOR_CRASH_BEFORE_EVENT"), after = Number("ORCHESTRATOR_CRASH_AFTER_EVENT");
    readonly (string Name, int Pass)? crash = Point("ORCHESTRATOR_CRASH_AT"), pause = Point("ORCHESTRATOR_PAUSE_AT");
    int crashPasses, pausePasses;

    /// <summary>Events of a journal are about to be committed.</summary>
    internal void BeforeCommit(long first, long last)
    {
        At("journal.before_commit");
        KillIf(before, first, last);
    }

    /// <summary>Events of a journal were committed.</summary>
    internal void AfterCommit(long first, long last)
    {
        At("journal.committed");
        KillIf(after, first, last);
    }

    /// <summary>Called when the process reaches a named point.</summary>
    internal void At(string point)
    {
        if (crash is { } kill && kill.Name == point && Interlocked.Increment(ref crashPasses) == kill.Pass) Kill();
        if (pause is { } stop && stop.Name == point && Interlocked.Increment(ref pausePasses) == stop.Pass) Stop();
    }

    static void KillIf(long? at, long first, long last)
    {
        if (at is { } sequence && sequence >= first && sequence <= last) Kill();
    }

    static void Kill()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        self.WaitForExit();
    }

    static void Stop()
    {
        using var kill = Process.Start("kill", ["-STOP", Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var sequence) ? sequence : null;

    static (string Name, int Pass)? Point(string variable) => Environment.GetEnvironmentVariable(variable)?.Split(':') switch
    {
        [var name, var pass] when int.TryParse(pass, CultureInfo.InvariantCulture, out var number) => (name, number),
        [{ Length: > 0 } name] => (name, 1),
        _ => null,
    };
}
