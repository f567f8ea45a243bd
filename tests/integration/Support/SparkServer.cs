using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A process of Spark: a Connect server, or a part of a cluster.</summary>
sealed class SparkServer : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // As spark/README.md advises: months of one server are compiled once.
    const string CompiledQueries = "spark.sql.codegen.cache.maxEntries=5000";

    readonly Process process;
    readonly string work;
    readonly StringBuilder log = new();
    readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    SparkServer(Process process, int port, string work)
    {
        this.process = process;
        this.work = work;
        Port = port;
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"sc://127.0.0.1:{Port}");

    public int Id => process.Id;

    /// <summary>All that it said.</summary>
    public string Log { get { lock (log) return log.ToString(); } }

    /// <summary>Starts a Connect server.</summary>
    /// <param name="master">A cluster; none = two cores of its own process.</param>
    /// <param name="port">A port that is known already; none = a free one.</param>
    public static Task<SparkServer> ConnectAsync(string? master = null, string? token = null, int? port = null, string memory = "2g", params IEnumerable<string> settings)
    {
        var free = port ?? SharedServer.FreePorts(1)[0];
        return StartAsync("spark-connect-server", free, "Spark Connect server started at",
            [.. PortOf(free), .. master is null ? [] : new[] { "--master", master }, .. settings.Append(CompiledQueries).SelectMany(setting => new[] { "--conf", setting })],
            new() { ["SPARK_DRIVER_MEMORY"] = memory, ["SPARK_CONNECT_AUTHENTICATE_TOKEN"] = token });
    }

    /// <summary>Starts the master of a cluster.</summary>
    public static Task<SparkServer> MasterAsync()
    {
        var port = SharedServer.FreePorts(1)[0];
        return StartAsync("spark-master", port, "I have been elected leader", PortOf(port), []);
    }

    /// <summary>Starts a worker of a cluster, with one core.</summary>
    public static Task<SparkServer> WorkerAsync(SparkServer master) =>
        StartAsync("spark-worker", 0, "Successfully registered with master", ["--master", master.Master, "--cores", "1", "--memory", "1g"], []);

    /// <summary>What members of a cluster call it by.</summary>
    public string Master => string.Create(CultureInfo.InvariantCulture, $"spark://127.0.0.1:{Port}");

    /// <summary>Ends it without a word.</summary>
    public async Task KillAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None).InTimeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) await KillAsync();
        process.Dispose();
        if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
    }

    static IReadOnlyList<string> PortOf(int port) => ["--port", port.ToString(CultureInfo.InvariantCulture)];

    static async Task<SparkServer> StartAsync(string program, int port, string readyLine, IReadOnlyList<string> arguments, Dictionary<string, string?> environment)
    {
        if (!SharedServer.HasProgram("java")) RequiredServer.Missing("There is no 'java', which Spark needs: install openjdk-17-jre-headless.");
        if (!SharedServer.HasProgram("unzstd")) RequiredServer.Missing("There is no 'unzstd', which Spark comes packed with: install zstd.");
        var folder = await SharedServer.FolderAsync("spark/spark-4.2.0");
        var scratch = Directory.CreateTempSubdirectory("orchestrator-spark-").FullName;
        var start = new ProcessStartInfo(Path.Combine(folder, "bin", program), [.. arguments, "--work-dir", scratch])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        // A server that lives for minutes has no time to optimize for hours.
        start.Environment["SPARK_JAVA_OPTIONS"] = "-XX:TieredStopAtLevel=1";
        var server = new SparkServer(new Process { StartInfo = start }, port, scratch);
        void Take(string? line)
        {
            if (line is null) return;
            lock (server.log) server.log.AppendLine(line);
            if (line.Contains(readyLine, StringComparison.Ordinal)) server.ready.TrySetResult();
        }
        server.process.OutputDataReceived += (_, line) => Take(line.Data);
        server.process.ErrorDataReceived += (_, line) => Take(line.Data);
        server.process.Start();
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync(ended.Token), Task.Delay(Patience, ended.Token));
        await ended.CancelAsync();
        Assert.True(server.ready.Task.IsCompleted, $"{program} did not start:{Environment.NewLine}{server.Log}");
        return server;
    }
}
