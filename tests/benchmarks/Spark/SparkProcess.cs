using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Benchmarks.Spark;

/// <summary>A Spark Connect server on two cores, <c>local[2]</c>.</summary>
sealed class SparkProcess : IAsyncDisposable
{
    const string ReadyLine = "Spark Connect server started at";

    /// <summary>Heap of the server.</summary>
    public const string Memory = "4g";

    /// <summary>How many compiled queries it keeps, as spark/README.md advises.</summary>
    public const string CompiledQueries = "spark.sql.codegen.cache.maxEntries=5000";

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly Process process;

    SparkProcess(Process process, int port)
    {
        this.process = process;
        Address = string.Create(CultureInfo.InvariantCulture, $"sc://127.0.0.1:{port}");
    }

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="archive">Spark, packed as <c>tar.zst</c>, with <c>bin/spark-connect-server</c>.</param>
    /// <param name="folder">Where it is unpacked and works.</param>
    public static async Task<SparkProcess> StartAsync(string archive, string folder)
    {
        var unpacked = Directory.CreateDirectory(Path.Combine(folder, "spark")).FullName;
        await ChildProcess.RunAsync("tar", ["--use-compress-program=unzstd", "-xf", Path.GetFullPath(archive), "-C", unpacked], folder);
        var port = FreePort();
        var start = new ProcessStartInfo(Path.Combine(Directory.EnumerateDirectories(unpacked).Single(), "bin", "spark-connect-server"),
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--master", "local[2]", "--work-dir", Path.Combine(folder, "spark-work"), "--conf", CompiledQueries])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SPARK_DRIVER_MEMORY"] = Memory },
        };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var started = new Process { StartInfo = start, EnableRaisingEvents = true };
        void Take(string? line)
        {
            if (line?.Contains(ReadyLine, StringComparison.Ordinal) is true) ready.TrySetResult();
        }
        started.OutputDataReceived += (_, line) => Take(line.Data);
        started.ErrorDataReceived += (_, line) => Take(line.Data);
        started.Exited += (_, _) => ready.TrySetException(new InvalidOperationException("The Spark server ended before it was ready."));
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        var server = new SparkProcess(started, port);
        try
        {
            await ready.Task.WaitAsync(Patience);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
