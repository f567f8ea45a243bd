using System.Diagnostics;
using System.Globalization;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>One life of the real server as a child process.</summary>
sealed class FaultyServer : IDisposable
{
    readonly Process process;

    FaultyServer(Process process) => this.process = process;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Whether it was stopped by SIGSTOP.</summary>
    public bool IsStopped
    {
        get
        {
            try
            {
                var status = File.ReadAllText($"/proc/{process.Id}/stat");
                return status[(status.LastIndexOf(')') + 2)..][0] == 'T';
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    /// <summary>Starts it. What it says goes to a file.</summary>
    public static FaultyServer Start(string log, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Orchestrator.Server"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var gate = new Lock();
        void Note(string? line)
        {
            if (line is null) return;
            lock (gate) File.AppendAllText(log, line + Environment.NewLine);
        }
        var child = new Process { StartInfo = start };
        child.OutputDataReceived += (_, line) => Note(line.Data);
        child.ErrorDataReceived += (_, line) => Note(line.Data);
        child.Start();
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        Note(string.Create(CultureInfo.InvariantCulture, $"--- process {child.Id} with {string.Join(", ", environment.Where(pair => pair.Key.StartsWith("ORCHESTRATOR_", StringComparison.Ordinal)).Select(pair => $"{pair.Key}={pair.Value}"))}"));
        return new(child);
    }

    public void Kill()
    {
        if (!process.HasExited) process.Kill();
        process.EndInTime();
    }

    public void Signal(string signal) => OrchestratorProcess.Signal(signal, process.Id);

    public void Dispose()
    {
        Kill();
        process.Dispose();
    }
}
