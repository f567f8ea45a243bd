using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>A real Toxiproxy with one proxy: between the servers and their PostgreSQL, or before a store.</summary>
sealed class Toxiproxy : IDisposable
{
    readonly Process process;
    readonly HttpClient client;

    Toxiproxy(Process process, int api, int port)
    {
        this.process = process;
        client = new() { BaseAddress = new($"http://127.0.0.1:{api}"), Timeout = TimeSpan.FromSeconds(10) };
        Port = port;
    }

    /// <summary>Where clients connect.</summary>
    public int Port { get; }

    /// <summary>Starts it; without the program the test is skipped.</summary>
    /// <param name="upstream">Port of the server behind it.</param>
    public static async Task<Toxiproxy> StartAsync(int upstream)
    {
        var program = await SharedServer.ProgramAsync("toxiproxy", "toxiproxy-server");
        var ports = SharedServer.FreePorts(2);
        var start = new ProcessStartInfo(program, ["-host", "127.0.0.1", "-port", ports[0].ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LOG_LEVEL"] = "error";
        var started = Process.Start(start)!;
        started.OutputDataReceived += (_, _) => { };
        started.ErrorDataReceived += (_, _) => { };
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        var proxy = new Toxiproxy(started, ports[0], ports[1]);
        for (var i = 0; !await proxy.IsReadyAsync(); i++)
        {
            Assert.True(i < 200 && !started.HasExited, "Toxiproxy did not start.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        await proxy.PostAsync("/proxies", new { name = "pg", listen = $"127.0.0.1:{ports[1]}", upstream = $"127.0.0.1:{upstream}", enabled = true });
        return proxy;
    }

    /// <summary>Cuts all connections and lets no new one through for a while.</summary>
    public async Task CutAsync(TimeSpan duration)
    {
        await PostAsync("/proxies/pg", new { enabled = false });
        await Task.Delay(duration, TestContext.Current.CancellationToken);
        await PostAsync("/proxies/pg", new { enabled = true });
    }

    /// <summary>Lets so many bytes of each connection through to the server, then closes it.</summary>
    public Task LimitAsync(long bytes) => PostAsync("/proxies/pg/toxics", new { name = "fault", type = "limit_data", stream = "upstream", attributes = new { bytes } });

    /// <summary>Each answer comes later.</summary>
    public Task DelayAsync(TimeSpan latency) =>
        PostAsync("/proxies/pg/toxics", new { name = "fault", type = "latency", stream = "downstream", attributes = new { latency = (int)latency.TotalMilliseconds, jitter = 0 } });

    /// <summary>Ends what was begun by <see cref="LimitAsync"/> or <see cref="DelayAsync"/>.</summary>
    public async Task HealAsync()
    {
        using var removed = await client.DeleteAsync("/proxies/pg/toxics/fault", TestContext.Current.CancellationToken);
        removed.EnsureSuccessStatusCode();
    }
    /// <summary>Cuts all connections for good.</summary>
    public Task DisableAsync() => PostAsync("/proxies/pg", new { enabled = false });

    /// <summary>Resets every connection in the middle of what it carries.</summary>
    public Task ResetAsync(TimeSpan duration) => PoisonAsync(new { name = "fault", type = "reset_peer", stream = "downstream", attributes = new { timeout = 0 } }, duration);

    /// <summary>Lets nothing through while connections stay open.</summary>
    public Task HangAsync(TimeSpan duration) => PoisonAsync(new { name = "fault", type = "timeout", stream = "downstream", attributes = new { timeout = 0 } }, duration);

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.EndInTime();
        process.Dispose();
        client.Dispose();
    }

    async Task PoisonAsync(object toxic, TimeSpan duration)
    {
        await PostAsync("/proxies/pg/toxics", toxic);
        await Task.Delay(duration, TestContext.Current.CancellationToken);
        await HealAsync();
    }

    async Task PostAsync(string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await client.GetAsync("/version", TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
