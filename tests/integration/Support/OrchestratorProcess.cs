using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>The real program as a child process, as a person or a script starts it.</summary>
public sealed class OrchestratorProcess : IDisposable
{
    // A slow machine may have more time; see NoTestHangs.
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(
        double.TryParse(Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_MINUTES"), CultureInfo.InvariantCulture, out var least) ? Math.Max(3, least) : 3);
    readonly Process process;
    readonly StringBuilder output = new();
    readonly StringBuilder error = new();
    readonly Lock gate = new();
    readonly List<(string Text, TaskCompletionSource Seen)> awaited = [];

    OrchestratorProcess(Process process) => this.process = process;

    public int Id => process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Starts it; imports may read the sample data and what tests write into temporary folders.</summary>
    public static OrchestratorProcess Start(IReadOnlyDictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Orchestrator.Server.exe" : "Orchestrator.Server"))
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };
        start.Environment["Import__Folders"] = $"{RequiredData.Root};{Path.GetTempPath()}";
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var started = new OrchestratorProcess(new Process { StartInfo = start });
        started.process.OutputDataReceived += (_, line) => started.Take(started.output, line.Data);
        started.process.ErrorDataReceived += (_, line) => started.Take(started.error, line.Data);
        started.process.Start();
        started.process.BeginOutputReadLine();
        started.process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<Result> RunAsync(params IEnumerable<string> arguments)
    {
        using var started = Start(new Dictionary<string, string>(), arguments);
        return await started.EndAsync();
    }

    /// <summary>Waits until it has written a text to either output.</summary>
    /// <returns>All that it has written until then.</returns>
    public async Task<string> WaitForAsync(string text)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (output.ToString().Contains(text, StringComparison.Ordinal) || error.ToString().Contains(text, StringComparison.Ordinal)) return $"{output}{error}";
            awaited.Add((text, seen));
        }
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await Task.WhenAny(seen.Task, process.WaitForExitAsync(ended.Token), Task.Delay(Patience, ended.Token));
        await ended.CancelAsync();
        Assert.True(seen.Task.IsCompleted || process.HasExited, $"It has not written '{text}' in {Patience.TotalMinutes} min:{Environment.NewLine}{output}{error}");
        Assert.True(seen.Task.IsCompleted, $"It ended without writing '{text}':{Environment.NewLine}{output}{error}");
        lock (gate) return $"{output}{error}";
    }

    /// <summary>Writes all that it gets to read.</summary>
    public async Task WriteAsync(string input)
    {
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
    }

    /// <summary>Sends a signal, such as INT.</summary>
    public void Signal(string signal) => Signal(signal, process.Id);

    /// <summary>Sends a signal to any process.</summary>
    public static void Signal(string signal, int processId)
    {
        using var kill = Process.Start("kill", [$"-{signal}", processId.ToString(CultureInfo.InvariantCulture)]);
        kill.EndInTime();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Result> EndAsync()
    {
        // This waits for the end of its outputs too, which a PostgreSQL that it left behind may hold.
        var ending = process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(ending, Task.Delay(Patience, TestContext.Current.CancellationToken)) != ending && !process.HasExited)
            Assert.Fail($"Process {process.Id} ({string.Join(' ', process.StartInfo.ArgumentList)}) has not ended in {Patience.TotalMinutes} min:{Environment.NewLine}{output}{error}");
        lock (gate) return new(process.ExitCode, output.ToString(), error.ToString());
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    void Take(StringBuilder builder, string? line)
    {
        if (line is null) return;
        lock (gate)
        {
            builder.AppendLine(line);
            foreach (var (_, seen) in awaited.Where(waiting => line.Contains(waiting.Text, StringComparison.Ordinal))) seen.TrySetResult();
        }
    }

    /// <summary>How it ended.</summary>
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        /// <summary>What it wrote as lines.</summary>
        public IReadOnlyList<string> Lines => Output.TrimEnd().Split(Environment.NewLine);
    }
}

/// <summary>A data folder of one test, which the server's user can reach.</summary>
public sealed class DataFolder : IDisposable
{
    public DataFolder()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.OtherExecute);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-data-").FullName;

    /// <summary>Process of the server that runs in it; <see langword="null"/> for none.</summary>
    public int? ServerProcess
    {
        get
        {
            var file = System.IO.Path.Combine(Path, "postgres", "cluster", "postmaster.pid");
            return File.Exists(file) ? int.Parse(File.ReadLines(file).First(), CultureInfo.InvariantCulture) : null;
        }
    }

    public void Dispose()
    {
        if (ServerProcess is { } left) OrchestratorProcess.Signal("QUIT", left);
        // A server that was told to end writes until it has.
        for (var i = 0; i < 50 && ServerProcess is not null; i++) Thread.Sleep(100);
        Directory.Delete(Path, recursive: true);
    }
}
