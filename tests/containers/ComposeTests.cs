using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Tests.Containers;

/// <summary><c>docker-compose.yml</c> as it is, brought up by profile with what <c>server/write-env</c> writes.</summary>
public sealed class ComposeTests : IAsyncLifetime
{
    static readonly string[] Kinds = ["container", "volume", "network"];

    string folder = "";

    string Project => Path.GetFileName(folder).ToLowerInvariant();

    public ValueTask InitializeAsync()
    {
        ContainerEngine.Require();
        folder = Directory.CreateTempSubdirectory("orchestrator-compose-").FullName;
        // A copy: .env beside docker-compose.yml is the developer's.
        Directory.CreateDirectory(Path.Combine(folder, "server"));
        foreach (var file in (string[])["docker-compose.yml", "server/write-env"]) File.Copy(Path.Combine(Repository.Root, file), Path.Combine(folder, file));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(folder, ".env"))) await ComposeAsync("down", "--volumes", "--timeout", "5");
        Directory.Delete(folder, recursive: true);
    }

    [Fact, TestLimit(15)]
    public async Task The_month_runs_on_Spark_and_S3_goes_on_when_a_worker_of_Spark_is_killed_and_leaves_nothing_behind()
    {
        await WriteSettingsAsync("full");
        await UpAsync();
        var month = RunAsync("2026-09");
        while (!(await ComposeAsync("exec", "-T", "s3", "find", "/data/orchestrator", "-name", "*.parquet")).Succeeded.Contains("dim_customer", StringComparison.Ordinal) && !month.IsCompleted)
            await Task.Delay(500, TestContext.Current.CancellationToken);
        await KillAsync("spark-worker");

        var run = await month;
        Assert.Equal("Succeeded", run.GetProperty("status").GetString());
        Assert.StartsWith("Spark 4", run.GetProperty("engine").GetString(), StringComparison.Ordinal);
        Assert.Contains("fact_sales", (await ComposeAsync("exec", "-T", "s3", "find", "/data/orchestrator", "-name", "*.parquet")).Succeeded, StringComparison.Ordinal);
        Assert.Superset(
            new HashSet<string> { "run monthly-sales", "activity Orchestrator.BuildStarSchema", "sql fact_sales", "spark write", "S3.PutObject", "copy fact_sales" },
            await SpansAsync(new Uri(run.GetProperty("traceUrl").GetString()!).Segments[^1]));
        // Its restart policy brought it back, and everything is as healthy as before.
        Assert.Equal("1", await InspectAsync("{{.RestartCount}}", "spark-worker"));
        await UpAsync();

        (await ComposeAsync("down", "--volumes", "--timeout", "5")).Require();
        foreach (var kind in Kinds)
        {
            string[] all = kind is "container" ? ["--all"] : [];
            Assert.Equal("", (await ExternalProgram.RunAsync(ContainerEngine.Docker, [kind, "ls", "--quiet", .. all, "--filter", $"label=com.docker.compose.project={Project}"])).Succeeded.Trim());
        }
    }

    [Fact, TestLimit(10)]
    public async Task Without_a_cluster_a_server_and_PostgreSQL_are_enough()
    {
        await WriteSettingsAsync("minimal");
        await UpAsync();
        Assert.Equal(["postgres", "server-minimal"], (await ComposeAsync("ps", "--services")).Succeeded.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        Assert.Equal("Succeeded", (await RunAsync("2026-09", "server-minimal")).GetProperty("status").GetString());
    }

    async Task WriteSettingsAsync(string profile) => (await ExternalProgram.RunAsync(Path.Combine(folder, "server", "write-env"), [profile])).Require();

    async Task UpAsync() => (await ComposeAsync("up", "--detach", "--pull", "never", "--no-build", "--wait", "--wait-timeout", "300")).Require();

    /// <summary>Not stopped, but killed from outside.</summary>
    async Task KillAsync(string service)
    {
        using var process = Process.GetProcessById(int.Parse(await InspectAsync("{{.State.Pid}}", service), CultureInfo.InvariantCulture));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    async Task<string> InspectAsync(string format, string service)
    {
        var container = (await ComposeAsync("ps", "--quiet", service)).Succeeded.Trim();
        return (await ExternalProgram.RunAsync(ContainerEngine.Docker, ["inspect", "--format", format, container])).Succeeded.Trim();
    }

    async Task<JsonElement> RunAsync(string month, string server = "server")
    {
        var run = await ComposeAsync("exec", "-T", server, "orchestrator", "run", "monthly-sales", "--partition", month, "--input", "rows=20000", "--json");
        return JsonDocument.Parse(run.Succeeded).RootElement;
    }

    /// <summary>Waits for the root, which a server sends when the run has ended.</summary>
    static async Task<ISet<string>> SpansAsync(string traceId)
    {
        using var http = new HttpClient();
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:16686/api/traces/{traceId}"), TestContext.Current.CancellationToken);
            if (answer.IsSuccessStatusCode || attempt == 100)
            {
                using var trace = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
                var names = trace.RootElement.GetProperty("data")[0].GetProperty("spans").EnumerateArray().Select(span => span.GetProperty("operationName").GetString()!).ToHashSet();
                if (names.Contains("run monthly-sales") || attempt == 100) return names;
            }
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    Task<Ended> ComposeAsync(params string[] arguments) =>
        ExternalProgram.RunAsync(Environment.GetEnvironmentVariable("ORCHESTRATOR_COMPOSE") ?? "docker-compose", ["--project-name", Project, "--project-directory", folder, .. arguments]);
}
