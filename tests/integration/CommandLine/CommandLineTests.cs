using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>What happens to runs, processes and PostgreSQL when things go wrong, through the real program.</summary>
public sealed class CommandLineTests(PostgresFixture postgres) : IDisposable
{
    static readonly Dictionary<string, string> Nothing = [];
    readonly DataFolder data = new();

    [Fact]
    public async Task Two_processes_share_a_data_folder_and_the_last_one_stops_PostgreSQL()
    {
        using var first = OrchestratorProcess.Start(Nothing, Request("2026-09"));
        using var second = OrchestratorProcess.Start(Nothing, Request("2026-10"));

        var (one, two) = (await first.EndAsync(), await second.EndAsync());

        Assert.True(one.ExitCode == 0 && two.ExitCode == 0, one.Output + one.Error + two.Output + two.Error);
        Assert.Null(data.ServerProcess);
        Assert.Equal(["2026-09 Succeeded", "2026-10 Succeeded"], (await ListRunsAsync()).Order());
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Interruption_cancels_the_run_cleanly_with_exit_code_130(string signal)
    {
        using var process = OrchestratorProcess.Start(Nothing, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=20000000", "--json", "--data", data.Path);
        await process.WaitForAsync("Generate sales: started");

        process.Signal(signal);
        var ended = await process.EndAsync();

        Assert.Equal(130, ended.ExitCode);
        var document = JsonElement.Parse(ended.Output);
        Assert.Equal("Cancelled", document.GetProperty("status").GetString());
        Assert.Equal("run.cancelled", document.GetProperty("error").GetProperty("code").GetString());
        Assert.Null(data.ServerProcess);
        Assert.Equal(["2026-10 Cancelled"], await ListRunsAsync());
        Assert.Equal("[]", (await OrchestratorProcess.RunAsync("assets", "list", "--json", "--data", data.Path)).Output.Trim());
    }

    [Fact]
    public async Task Run_is_cancelled_from_another_process()
    {
        using var process = OrchestratorProcess.Start(Nothing, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=20000000", "--data", data.Path);
        await process.WaitForAsync("Generate sales: started");

        var cancel = await OrchestratorProcess.RunAsync("runs", "cancel", "last", "--data", data.Path);
        var ended = await process.EndAsync();

        Assert.True(cancel.ExitCode == 0, cancel.Error);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("Cancelled after", ended.Output, StringComparison.Ordinal);
        var again = await OrchestratorProcess.RunAsync("runs", "cancel", "last", "--data", data.Path);
        Assert.Equal(2, again.ExitCode);
        Assert.Matches("^Run [0-9a-f-]{36} has ended: it is Cancelled.", again.Error);
    }

    [Fact]
    public async Task Assets_show_the_exact_data_they_were_made_from()
    {
        Assert.Equal(0, (await OrchestratorProcess.RunAsync(Request("2026-10"))).ExitCode);

        var answer = await OrchestratorProcess.RunAsync("assets", "show", "mart_customer_monthly", "--partition", "2026-10", "--lineage", "--json", "--data", data.Path);

        var shown = JsonElement.Parse(answer.Output);
        Assert.Equal(["asset", "current", "columns", "files", "history", "upstream", "downstream"], shown.EnumerateObject().Select(property => property.Name));
        string[] Names(string property) => [.. shown.GetProperty(property).EnumerateArray().Select(found => found.GetProperty("asset").GetString()!)];
        Assert.Contains("raw/sales", Names("upstream"));
        Assert.Contains("fact_sales", Names("upstream"));
        Assert.Contains("warehouse/mart_customer_monthly", Names("downstream"));
        Assert.Contains("export/coupons", Names("downstream"));
        var unknown = await OrchestratorProcess.RunAsync("assets", "show", "fact_sale", "--data", data.Path);
        Assert.Equal(1, unknown.ExitCode);
        Assert.StartsWith("There is no asset 'fact_sale'. There are dim_customer, dim_date, ", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_of_a_killed_process_is_gone_on_with_at_the_next_start()
    {
        // Event 12 is in the middle of the run, wherever exactly; every event is tried where runs are recovered by themselves.
        using (var killed = OrchestratorProcess.Start(new Dictionary<string, string> { ["ORCHESTRATOR_CRASH_AFTER_EVENT"] = "12" }, Request("2026-09")))
            Assert.NotEqual(0, (await killed.EndAsync()).ExitCode);
        Assert.NotNull(data.ServerProcess);

        var next = await OrchestratorProcess.RunAsync(Request("2026-10"));

        Assert.True(next.ExitCode == 0, next.Output + next.Error);
        Assert.Matches("^Run [0-9a-f-]{36} of monthly-sales for 2026-09 was interrupted; going on with it.", next.Error);
        Assert.Equal(["2026-09 Succeeded", "2026-10 Succeeded"], (await ListRunsAsync()).Order());
        Assert.Null(data.ServerProcess);
    }

    [Fact]
    public async Task Killed_run_is_resumed_when_asked_for()
    {
        using (var killed = OrchestratorProcess.Start(new Dictionary<string, string> { ["ORCHESTRATOR_CRASH_AFTER_EVENT"] = "12" }, Request("2026-10")))
            Assert.NotEqual(0, (await killed.EndAsync()).ExitCode);

        var resumed = await OrchestratorProcess.RunAsync("runs", "resume", "--json", "--data", data.Path);

        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Error);
        Assert.Equal("Succeeded", JsonElement.Parse(resumed.Output).GetProperty("status").GetString());
        Assert.Equal("No run was interrupted.", (await OrchestratorProcess.RunAsync("runs", "resume", "--data", data.Path)).Error.Trim());
    }

    [Fact]
    public async Task Run_survives_PostgreSQL_being_killed_during_the_load()
    {
        using var process = OrchestratorProcess.Start(Nothing, "run", "monthly-sales", "--partition", "2026-10", "--input", "rows=300000", "--data", data.Path);
        await process.WaitForAsync("Load PostgreSQL: started");

        OrchestratorProcess.Signal("KILL", data.ServerProcess!.Value);
        var ended = await process.EndAsync();

        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.Contains("PostgreSQL stopped unexpectedly and was started again.", ended.Error, StringComparison.Ordinal);
        Assert.Contains("300,000 loaded", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_that_is_taken_is_an_error_that_says_what_to_do()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        using var process = OrchestratorProcess.Start(new Dictionary<string, string> { ["ORCHESTRATOR_POSTGRES_PORT"] = port }, "run", "monthly-sales", "--partition", "2026-10", "--data", data.Path);
        var ended = await process.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"Port {port} on 127.0.0.1 is taken by another program, so PostgreSQL cannot listen there. Stop that program, or name another port in ORCHESTRATOR_POSTGRES_PORT.", ended.Error.Trim());
    }

    [Fact]
    public async Task Wrong_password_is_an_error_that_says_what_to_do()
    {
        var wrong = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()) { Password = "guess" };

        var ended = await OrchestratorProcess.RunAsync("runs", "list", "--data", data.Path, "--postgres", wrong.ConnectionString);

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"The PostgreSQL server at 127.0.0.1:{wrong.Port} refused user 'orchestrator': wrong user or password. Correct them in --postgres.", ended.Error.Trim());
    }

    [Fact]
    public async Task Server_that_does_not_answer_is_an_error_that_says_what_to_do()
    {
        var ended = await OrchestratorProcess.RunAsync("runs", "list", "--data", data.Path, "--postgres", "postgres://me:secret@127.0.0.1:1/sales");

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal("No PostgreSQL server could be reached at 127.0.0.1:1: Connection refused. Start it, or leave --postgres out to use the embedded one.", ended.Error.Trim());
        Assert.DoesNotContain("secret", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_server_is_used_and_none_is_started()
    {
        var database = await postgres.CreateDatabaseAsync();

        var ended = await OrchestratorProcess.RunAsync([.. Request("2026-10"), "--postgres", database]);

        Assert.True(ended.ExitCode == 0, ended.Output + ended.Error);
        Assert.False(Directory.Exists(Path.Combine(data.Path, "postgres")));
    }

    [Fact]
    public async Task Doctor_finds_nothing_wrong_on_this_machine()
    {
        var ended = await OrchestratorProcess.RunAsync("doctor", "--json", "--data", data.Path);

        var findings = JsonElement.Parse(ended.Output).EnumerateArray().ToList();
        Assert.All(findings, finding => Assert.True(finding.GetProperty("ok").GetBoolean(), finding.ToString()));
        Assert.Equal(["dotnet", "node", "engine", "data folder", "programs", "postgresql", "object store"], findings.Select(finding => finding.GetProperty("check").GetString()).Where(check => check != "left behind"));
        Assert.Equal(0, ended.ExitCode);
    }

    [Fact]
    public async Task Doctor_says_what_to_do_about_a_problem()
    {
        var ended = await OrchestratorProcess.RunAsync("doctor", "--data", data.Path, "--postgres", "Host=127.0.0.1;Port=1;Username=me");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains(ended.Lines, line => line == "PROBLEM  postgresql      No PostgreSQL server could be reached at 127.0.0.1:1: Connection refused. Start it, or leave --postgres out to use the embedded one.");
        Assert.Equal("1 problem found.", ended.Lines[^1]);
    }

    public void Dispose() => data.Dispose();

    IEnumerable<string> Request(string month) => ["run", "monthly-sales", "--partition", month, "--input", "rows=5000", "--data", data.Path];

    async Task<IEnumerable<string>> ListRunsAsync()
    {
        var answer = await OrchestratorProcess.RunAsync("runs", "list", "--json", "--data", data.Path);
        Assert.True(answer.ExitCode == 0, answer.Error);
        return JsonElement.Parse(answer.Output).EnumerateArray().Select(run => $"{run.GetProperty("partition").GetString()} {run.GetProperty("status").GetString()}");
    }
}
