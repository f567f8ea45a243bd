using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Orchestrator.Tests.Containers;

/// <summary><c>docker-compose.yml</c> as it is, brought up: the month on Spark and S3 with its trace in Jaeger, a service killed, everything removed.</summary>
public sealed class ComposeTests : IAsyncLifetime
{
    const string Project = "orchestrator-test";

    readonly string settings = Path.Combine(Repository.Root, ".env");
    readonly Dictionary<string, string> secrets = [];
    string? kept;

    public async ValueTask InitializeAsync()
    {
        ContainerEngine.Require();
        // A developer's own .env comes back at the end.
        if (File.Exists(settings)) File.Move(settings, kept = $"{settings}.kept");
        (await ExternalProgram.RunAsync(Path.Combine(Repository.Root, "server", "write-env"), ["full"])).Require();
        foreach (var line in await File.ReadAllLinesAsync(settings, TestContext.Current.CancellationToken)) secrets.Add(line.Split('=')[0], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
    }

    public async ValueTask DisposeAsync()
    {
        if (secrets.Count > 0) await ComposeAsync("down", "--volumes", "--timeout", "5");
        File.Delete(settings);
        if (kept is not null) File.Move(kept, settings);
    }

    [Fact]
    public async Task The_month_runs_on_Spark_and_S3_and_goes_on_after_a_service_was_killed()
    {
        (await ComposeAsync("up", "--detach", "--pull", "never", "--no-build", "--wait", "--wait-timeout", "300")).Require();

        var run = await RunAsync("2026-09");
        Assert.Equal("Succeeded", run.GetProperty("status").GetString());
        Assert.Contains("fact_sales", (await ComposeAsync("exec", "-T", "s3", "find", "/data/orchestrator", "-name", "*.parquet")).Succeeded, StringComparison.Ordinal);
        var customers = (await ComposeAsync("exec", "-T", "server", "orchestrator", "marts", "top-customers", "--month", "2026-09", "--json")).Succeeded;
        Assert.NotEmpty(customers.Trim());
        Assert.Superset(new HashSet<string> { "run monthly-sales", "queue", "claim", "commit" }, await SpansAsync(new Uri(run.GetProperty("traceUrl").GetString()!).Segments[^1]));

        // Not stopped, but killed from outside: its restart policy brings it back.
        var container = (await ComposeAsync("ps", "--quiet", "spark-connect")).Succeeded.Trim();
        using (var process = Process.GetProcessById(int.Parse((await ExternalProgram.RunAsync("/usr/bin/docker", ["inspect", "--format", "{{.State.Pid}}", container])).Succeeded, CultureInfo.InvariantCulture)))
            process.Kill();
        (await ComposeAsync("up", "--detach", "--pull", "never", "--no-build", "--wait", "--wait-timeout", "300")).Require();
        Assert.Equal("Succeeded", (await RunAsync("2026-10")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Down_with_volumes_leaves_nothing()
    {
        (await ComposeAsync("up", "--detach", "--pull", "never", "--no-build", "--wait", "--wait-timeout", "300", "postgres", "s3")).Require();
        (await ComposeAsync("down", "--volumes", "--timeout", "5")).Require();
        foreach (var kind in (string[])["container", "volume", "network"])
        {
            string[] all = kind is "container" ? ["--all"] : [];
            var left = await ExternalProgram.RunAsync("/usr/bin/docker", [kind, "ls", "--quiet", .. all, "--filter", $"label=com.docker.compose.project={Project}"]);
            Assert.Equal("", left.Succeeded.Trim());
        }
    }

    async Task<JsonElement> RunAsync(string month)
    {
        var run = await ComposeAsync("exec", "-T", "server", "orchestrator", "run", "monthly-sales", "--partition", month, "--input", "rows=20000", "--json");
        return JsonDocument.Parse(run.Succeeded[run.Output.IndexOf('{', StringComparison.Ordinal)..]).RootElement;
    }

    async Task<ISet<string>> SpansAsync(string traceId)
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
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    static Task<Ended> ComposeAsync(params string[] arguments) =>
        ExternalProgram.RunAsync(Environment.GetEnvironmentVariable("ORCHESTRATOR_COMPOSE") ?? "docker-compose", ["--project-name", Project, .. arguments]);
}
