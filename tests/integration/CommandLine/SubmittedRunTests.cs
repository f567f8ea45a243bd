using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>Commands beside a server: they find it by its data folder, and it does the work.</summary>
public sealed partial class SubmittedRunTests : IDisposable
{
    static readonly Dictionary<string, string> Nothing = [];
    readonly DataFolder data = new();

    [Fact]
    public async Task Run_beside_a_server_is_driven_by_it_and_shown_like_any_other()
    {
        using var server = Start();
        await server.WaitForAsync("Listening on ");

        var run = await OrchestratorProcess.RunAsync("run", "monthly-sales", "--partition", "2026-10", "--input", "rows=5000", "--json", "--data", data.Path);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
        Assert.Contains("Generate sales: started", run.Error, StringComparison.Ordinal);
        Assert.Contains("Load PostgreSQL: Succeeded", run.Error, StringComparison.Ordinal);
        var document = JsonElement.Parse(run.Output);
        Assert.Equal(("Succeeded", 5000), (document.GetProperty("status").GetString(), document.GetProperty("rows").GetProperty("loaded").GetInt64()));
        var runs = JsonElement.Parse((await OrchestratorProcess.RunAsync("runs", "list", "--json", "--data", data.Path)).Output);
        Assert.Equal(document.GetProperty("runId").GetString(), Assert.Single(runs.EnumerateArray()).GetProperty("runId").GetString());
        var top = await OrchestratorProcess.RunAsync("marts", "top-customers", "--month", "2026-10", "--limit", "3", "--json", "--data", data.Path);
        Assert.Equal(3, JsonElement.Parse(top.Output).GetArrayLength());

        // Another folder, so only the address leads to the server.
        using var elsewhere = new DataFolder();
        var shown = await OrchestratorProcess.RunAsync("runs", "show", "last", "--server", Address(await server.WaitForAsync("Listening on ")), "--data", elsewhere.Path);
        Assert.Contains("Succeeded in ", shown.Output, StringComparison.Ordinal);
        Assert.Null(elsewhere.ServerProcess);
    }

    [Fact]
    public async Task Ctrl_C_asks_the_server_to_cancel_the_run()
    {
        using var server = Start();
        await server.WaitForAsync("Listening on ");
        using var run = OrchestratorProcess.Start(Nothing, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=20000000", "--json", "--data", data.Path);
        await run.WaitForAsync("Generate sales: started");

        run.Signal("INT");
        var ended = await run.EndAsync();

        Assert.Equal(130, ended.ExitCode);
        Assert.Equal("Cancelled", JsonElement.Parse(ended.Output).GetProperty("status").GetString());
        server.Signal("TERM");
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task Second_request_to_end_hands_over_at_once_and_the_next_server_goes_on()
    {
        using (var server = Start())
        {
            await server.WaitForAsync("Listening on ");
            using var run = OrchestratorProcess.Start(Nothing, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=1000000", "--data", data.Path);
            await run.WaitForAsync("Generate sales: started");

            server.Signal("TERM");
            await server.WaitForAsync("Stopping: ");
            server.Signal("TERM");
            var ended = await server.EndAsync();

            Assert.Equal(130, ended.ExitCode);
            Assert.Null(data.ServerProcess);
            run.Signal("KILL");
        }
        using var next = Start();
        await next.WaitForAsync("Listening on ");
        string? status = null;
        for (var i = 0; i < 300 && status is not "Succeeded"; i++)
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
            var runs = await OrchestratorProcess.RunAsync("runs", "list", "--json", "--data", data.Path);
            status = Assert.Single(JsonElement.Parse(runs.Output).EnumerateArray()).GetProperty("status").GetString();
        }
        Assert.Equal("Succeeded", status);
    }

    public void Dispose() => data.Dispose();

    OrchestratorProcess Start() => OrchestratorProcess.Start(Nothing, "serve", "--urls", "http://127.0.0.1:0", "--data", data.Path);

    static string Address(string output) => Listening().Match(output).Groups[1].Value;

    [GeneratedRegex("Listening on (http://[0-9.:]+)")]
    private static partial Regex Listening();
}
