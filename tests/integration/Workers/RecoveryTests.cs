using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Orchestrator.Server.Postgres;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Workers;

public sealed class RecoveryTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1", "A1 -> C1", "B1 -> D1!", "C1 -> D1!");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_under_an_old_fencing_token_writes_nothing()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.CreateAsync(Chart);
        var first = await runtime.Leases.ClaimAsync(run.Id, "first", null, TimeSpan.FromMilliseconds(1), Token);
        await Task.Delay(50, Token);
        var second = await runtime.Leases.ClaimAsync(run.Id, "second", null, TimeSpan.FromMinutes(1), Token);
        await Assert.ThrowsAsync<LeaseLostException>(() => runtime.Journal.AppendAsync(Started(first!.Fence), Token));
        Assert.Single(await runtime.Journal.ReadAsync(run.Id, Token));
        await runtime.Journal.AppendAsync(Started(second!.Fence), Token);
        Assert.Equal(2, (await runtime.Journal.ReadAsync(run.Id, Token)).Count);
        await Assert.ThrowsAsync<LeaseLostException>(() => runtime.Journal.AppendAsync(Started(second.Fence), Token));
    }

    [Fact]
    public async Task A_run_under_a_lease_is_taken_by_nobody_else_until_the_lease_ends()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.CreateAsync(Chart);
        Assert.Single(await runtime.Leases.ClaimNextAsync(1, "first", TimeSpan.FromSeconds(1), Token));
        Assert.Null(await runtime.Leases.ClaimAsync(run.Id, "second", null, TimeSpan.FromSeconds(1), Token));
        Assert.Empty(await runtime.Leases.ClaimNextAsync(1, "second", TimeSpan.FromSeconds(1), Token));
        await Task.Delay(1_100, Token);
        Assert.NotNull(await runtime.Leases.ClaimAsync(run.Id, "second", null, TimeSpan.FromSeconds(1), Token));
    }

    [Fact]
    public async Task An_answer_that_was_lost_after_the_commit_doubles_nothing()
    {
        var direct = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        await using var proxy = new LossyProxy(direct.Port);
        await using var runtime = RuntimeHarness.On(new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Disable }.ConnectionString);
        var run = await runtime.CreateAsync(Chart);
        var claim = await runtime.Leases.ClaimAsync(run.Id, "worker", null, TimeSpan.FromMinutes(1), Token);
        proxy.LoseNextAnswer();
        await runtime.Journal.AppendAsync(Started(claim!.Fence), Token);
        Assert.Equal([1, 2], (await runtime.Journal.ReadAsync(run.Id, Token)).Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_stops_its_jobs_and_leaves_the_run_to_the_other_one()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => options.Lease = TimeSpan.FromSeconds(1));
        var (started, isCancelled) = (new TaskCompletionSource(), false);
        runtime.Work["A1"] = async context =>
        {
            if (context.Attempt.Attempt > 1) return;
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }
            finally
            {
                isCancelled = true;
            }
        };
        var run = await runtime.CreateAsync(Chart);
        var driving = runtime.CreateWorker("slow").DriveAsync(run.Id, runtime, Token);
        await started.Task.InTimeAsync();
        // As if it had been stopped for longer than its lease.
        await using (var command = runtime.Database.DataSource.CreateCommand("update orchestrator.run set lease_expires_at = now() - interval '1 s'"))
            await command.ExecuteNonQueryAsync(Token);
        var other = await runtime.CreateWorker("other").DriveAsync(run.Id, runtime, Token);
        Assert.Equal(RunStatus.Succeeded, other.Status);
        Assert.Equal(other, await driving);
        Assert.True(isCancelled);
        Assert.Equal(["A1#1", "A1#2"], runtime.Started.Where(started => started.StartsWith("A1", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task PostgreSQL_killed_in_the_middle_of_a_run_costs_time_and_nothing_else()
    {
        using var folder = new OpenFolder();
        await using var server = await EmbeddedPostgres.StartAsync(folder.Path, port: null, TimeProvider.System, Token);
        await using var runtime = RuntimeHarness.On(server.ConnectionString);
        runtime.Work["B1"] = async context =>
        {
            var postmaster = int.Parse((await File.ReadAllLinesAsync(Path.Combine(server.DataDirectory, "postmaster.pid"), Token))[0], CultureInfo.InvariantCulture);
            using (var process = Process.GetProcessById(postmaster)) process.Kill();
            context.AddMaterialization(RuntimeHarness.Draft("raw/sales"));
        };
        var run = await runtime.RunAsync(Chart);
        Assert.Equal((RunStatus.Succeeded, null), (run.Status, run.Error));
        Assert.Equal(["A1#1", "B1#1", "C1#1", "D1#1"], runtime.Started);
        Assert.Single(await runtime.Catalog.ListHistoryAsync(new("raw/sales"), null, 10, Token));
    }

    static JournalAppend Started(Fence fence)
    {
        var entry = new JournalEntry(2, TimeProvider.System.GetUtcNow(), new RunStarted("worker"));
        var state = new RunState();
        state.Apply(new(1, entry.At, new RunCreated("test", "", 1, null, new Dictionary<string, System.Text.Json.JsonElement>(), new Dictionary<string, System.Text.Json.JsonElement>())));
        state.Apply(entry);
        return new(fence, 1, [entry], RunRow.Of(state), [], [], [], []);
    }

    sealed class OpenFolder : IDisposable
    {
        public OpenFolder()
        {
            // As root the server runs as another user, who has to get in.
            if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess) File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.OtherExecute);
        }

        public string Path { get; } = Directory.CreateTempSubdirectory("orchestrator-recovery-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
