using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Server.Postgres;

/// <summary>The main process of a server. It runs in its own session, so Ctrl-C in our terminal does not reach it.</summary>
sealed class Postmaster(PostgresCluster cluster, PostgresBinaries binaries, ServerAccount? account, TimeProvider time)
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    /// <summary>State of a live server, from <c>postmaster.pid</c>.</summary>
    /// <param name="ProcessId">Id of the process.</param>
    /// <param name="Port">Port that it listens on.</param>
    /// <param name="IsReady">Whether it accepts connections.</param>
    public readonly record struct State(int ProcessId, int Port, bool IsReady);

    string ProcessIdFile => Path.Combine(cluster.Directory, "postmaster.pid");

    /// <summary>Finds the live server; <see langword="null"/> if there is none. The file of a dead server does not count.</summary>
    public State? Find()
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(ProcessIdFile);
        }
        catch (IOException)
        {
            return null;
        }
        // Lines: process, data folder, start, port, socket folder, address, shared memory, status. They appear one after the other.
        if (lines.Length < 4) return null;
        if (!int.TryParse(lines[0], CultureInfo.InvariantCulture, out var process) || !int.TryParse(lines[3], CultureInfo.InvariantCulture, out var port)) return null;
        return IsAlive(process) ? new State(process, port, lines.Length >= 8 && lines[7].TrimEnd() == "ready") : null;
    }

    /// <summary>
    /// Starts the server and waits until it accepts connections. Not cancelable, so that a started server can always be stopped.
    /// </summary>
    /// <returns>The output of a failed start; <see langword="null"/> on success.</returns>
    public async Task<string?> StartAsync()
    {
        File.Delete(ProcessIdFile);
        cluster.PrepareLog();
        var logStart = File.Exists(cluster.LogFile) ? new FileInfo(cluster.LogFile).Length : 0;
        var start = ExternalProgram.RunAsync(binaries["pg_ctl"], ["start", "-D", cluster.Directory, "-l", cluster.LogFile, "-w", "-t", "600", "-s"],
            Path.GetDirectoryName(cluster.LogFile)!, account, input: "", CancellationToken.None);
        // pg_ctl polls ten times a second; the file is faster.
        while (!start.IsCompleted && Find() is not { IsReady: true }) await Task.Delay(Poll, time, CancellationToken.None);
        if (!start.IsCompleted) return null;
        var (exitCode, output) = await start;
        return exitCode == 0 ? null : $"{ReadLog(logStart)}\n{output}";
    }

    /// <summary>Waits until a server that another process started accepts connections; it may be recovering from a crash.</summary>
    /// <returns>The server; <see langword="null"/> if it died meanwhile.</returns>
    public async Task<State?> WaitReadyAsync(CancellationToken cancellationToken)
    {
        while (Find() is { } state)
        {
            if (state.IsReady) return state;
            await Task.Delay(Poll, time, cancellationToken);
        }
        return null;
    }

    /// <summary>Stops the server: running transactions are rolled back, memory is written out.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Find() is null) return;
        await ExternalProgram.RunAsync(binaries["pg_ctl"], ["stop", "-D", cluster.Directory, "-m", "fast", "-w", "-t", "120", "-s"],
            Path.GetDirectoryName(cluster.LogFile)!, account, input: "", cancellationToken);
    }

    // Process ids are reused: after a restart of the machine another program may have the recorded one. A killed server
    // whose parent does not collect it stays as a zombie.
    bool IsAlive(int process)
    {
        if (!OperatingSystem.IsLinux())
        {
            try
            {
                using var found = Process.GetProcessById(process);
                return found.ProcessName.StartsWith("postgres", StringComparison.OrdinalIgnoreCase);
            }
            catch (ArgumentException)
            {
                return false;
            }
        }
        try
        {
            // Empty for a zombie.
            return File.ReadAllText($"/proc/{process}/cmdline").Split('\0').Contains(cluster.Directory);
        }
        catch (IOException)
        {
            return false;
        }
    }

    string ReadLog(long from)
    {
        if (!File.Exists(cluster.LogFile)) return "";
        using var log = new FileStream(cluster.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        log.Position = Math.Min(from, log.Length);
        using var reader = new StreamReader(log);
        return reader.ReadToEnd();
    }
}
