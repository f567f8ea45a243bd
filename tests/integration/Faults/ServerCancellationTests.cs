using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Activities.Store;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>
/// A real month on a real server is made to end in the middle of each kind of work, in every way there is: that the work has ended is in the journal
/// within two seconds, and nothing of it goes on.
/// </summary>
[Collection(nameof(Alone))]
public sealed class ServerCancellationTests(PostgresFixture postgres)
{
    const int Rows = 1_000_000;

    // A query that nobody ended would go on for longer than that; collecting garbage and compiling do not.
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(2), StillBusy = TimeSpan.FromSeconds(6);

    // What executes, and how that shows.
    static readonly (string Activity, Func<ServerHarness, Task<bool>> IsThere)[] Works =
    [
        ("GenerateSales1", server => Task.FromResult(Writes(server, "GenerateSales1"))),
        ("UploadPartitions1", _ => Task.FromResult(true)),
        ("BuildStarSchema1", server => Task.FromResult(Writes(server, "BuildStarSchema1"))),
        ("LoadTables1", server => HoldsAsync(server, "select exists (select from pg_stat_progress_copy where tuples_processed > 1000)")),
        ("TuneIndexes1", server => HoldsAsync(server, "select exists (select from pg_stat_progress_create_index)")),
    ];

    [Fact]
    public async Task A_person_cancels()
    {
        var slow = new Slowness();
        await using var server = await StartAsync(slow);
        var run = await AcceptAsync(server, "/api/v1/runs", new { workflow = "month", partition = "2026-10", inputs = new { rows = Rows } });
        foreach (var (activity, isThere) in Works)
        {
            slow.Is = true;
            await ExecutesAsync(server, run, activity, isThere);
            var asked = DateTimeOffset.UtcNow;
            var (status, problem, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/runs/{run}/cancel");
            Assert.True(status is HttpStatusCode.OK, $"{activity}: {problem}");

            await HasStatusAsync(server, run, "Cancelled");
            var end = await LastAttemptAsync(server, run, activity);
            Assert.True(end.Ended - asked < Limit, $"{activity} ended {(end.Ended - asked)?.TotalSeconds:f1} s after it was cancelled.");
            await NothingGoesOnAsync(server, activity);
            slow.Is = false;
            run = await AcceptAsync(server, $"/api/v1/runs/{run}/retry", new { });
        }
        await HasStatusAsync(server, run, "Succeeded");
    }

    [Fact]
    public async Task The_time_of_an_activity_is_over()
    {
        var slow = new Slowness();
        await using var server = await StartAsync(slow);
        string? run = null;
        foreach (var (activity, _) in Works)
        {
            slow.Is = true;
            var timeout = TimeSpan.FromMilliseconds(300);
            server.AddDefinition("month", Definition((activity, timeout)));
            run = run is null
                ? await AcceptAsync(server, "/api/v1/runs", new { workflow = "month", partition = "2026-10", inputs = new { rows = Rows } })
                : await AcceptAsync(server, $"/api/v1/runs/{run}/retry", new { latest = true });
            await HasStatusAsync(server, run, "Failed");

            var end = await LastAttemptAsync(server, run, activity);
            Assert.Equal("TimedOut", end.Failure);
            Assert.True(end.Ended - end.Started - timeout < Limit, $"{activity} ended {(end.Ended - end.Started)?.TotalSeconds:f1} s after it began, although it may take {timeout.TotalSeconds} s.");
            await NothingGoesOnAsync(server, activity);
            slow.Is = false;
        }
        server.AddDefinition("month", Definition(("TuneIndexes1", TimeSpan.FromHours(1))));
        await HasStatusAsync(server, await AcceptAsync(server, $"/api/v1/runs/{run}/retry", new { latest = true }), "Succeeded");
    }

    [Fact]
    public async Task The_server_is_told_to_end_and_another_one_goes_on()
    {
        var slow = new Slowness();
        await using var first = await StartAsync(slow);
        var run = await AcceptAsync(first, "/api/v1/runs", new { workflow = "month", partition = "2026-10", inputs = new { rows = Rows } });
        var (server, servers) = (first, new List<ServerHarness>());
        try
        {
            foreach (var (activity, isThere) in Works)
            {
                // While the next server starts nothing gets past the upload, so that the test sees what comes after it begin.
                slow.Is = activity is "GenerateSales1" or "UploadPartitions1";
                await ExecutesAsync(server, run, activity, isThere);
                var asked = DateTimeOffset.UtcNow;
                await server.DrainAsync();

                await NothingGoesOnAsync(first, activity, isAsked: false);
                server = await StartAsync(slow, first);
                servers.Add(server);
                var end = await Eventually.GivesAsync($"the end of {activity} under the server that ended", async () =>
                    (await AttemptsAsync(server, run, activity)).Find(attempt => attempt.Started < asked && attempt.Failure == "Interrupted"));
                Assert.True(end.Ended - asked < Limit, $"{activity} ended {(end.Ended - asked)?.TotalSeconds:f1} s after the server was told to end.");
            }
            await HasStatusAsync(server, run, "Succeeded");
            await NothingGoesOnAsync(server, "the run");
        }
        finally
        {
            servers.Reverse();
            foreach (var later in servers) await later.DisposeAsync();
        }
    }

    Task<ServerHarness> StartAsync(Slowness slow, ServerHarness? beside = null) => StartAsync(postgres, slow, beside);

    static async Task<ServerHarness> StartAsync(PostgresFixture postgres, Slowness slow, ServerHarness? beside)
    {
        var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Runs:DrainTimeout"] = "00:00:00" }, beside: beside, services: all =>
        {
            ServerHarness.AddRealActivities(all);
            all.AddSingleton<IObjectStore>(provider => new SlowStore(new(new PlatformOptions(provider.GetRequiredService<ServerHarness>().Folder, null).StoreAddress), slow));
        });
        if (beside is null) server.AddDefinition("month", Definition());
        return server;
    }

    /// <summary>The month as it is shipped, under a name of its own; the activities named may take so long and are tried once.</summary>
    static string Definition(params (string Activity, TimeSpan Timeout)[] limits)
    {
        var definition = JsonNode.Parse(File.ReadAllText(Path.Combine(DefinitionLibrary.ShippedFolder, "monthly-sales.json")))!;
        definition["definitionId"] = "month";
        foreach (var (activity, timeout) in limits)
        {
            var policy = definition["root"]!["activities"]!.AsArray().Single(node => (string)node!["id"]! == activity)!["customProperties"]!["retryPolicy"]!;
            (policy["attempts"], policy["timeout"]) = (1, timeout.ToString("c", CultureInfo.InvariantCulture));
        }
        return definition.ToJsonString();
    }

    static async Task<string> AcceptAsync(ServerHarness server, string path, object body)
    {
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, path, body);
        Assert.True(status is HttpStatusCode.Created, $"POST {path} gave {status}: {answer}");
        return answer.GetProperty("id").GetString()!;
    }

    static async Task ExecutesAsync(ServerHarness server, string run, string activity, Func<ServerHarness, Task<bool>> isThere)
    {
        await Eventually.IsAsync($"{activity} to execute", async () => (await AttemptsAsync(server, run, activity)).Exists(attempt => attempt.Ended is null));
        await Eventually.IsAsync($"{activity} to be in the middle of its work", () => isThere(server));
    }

    static bool Writes(ServerHarness server, string activity) =>
        Directory.EnumerateFiles(server.Folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
            .Any(file => file.Contains(activity, StringComparison.Ordinal));

    static async Task<bool> HoldsAsync(ServerHarness server, string query) => (bool)(await ScalarAsync(server, query))!;

    static Task HasStatusAsync(ServerHarness server, string run, string status) => Eventually.IsAsync($"run {run} to end", async () =>
    {
        var shown = (await server.GetAsync($"/api/v1/runs/{run}")).GetProperty("run");
        if (shown.GetProperty("finishedAt").ValueKind is JsonValueKind.Null) return false;
        Assert.True(shown.GetProperty("status").GetString() == status, $"The run is not {status}: {shown}");
        return true;
    });

    static async Task<Attempt> LastAttemptAsync(ServerHarness server, string run, string activity) => (await AttemptsAsync(server, run, activity))[^1];

    static async Task<List<Attempt>> AttemptsAsync(ServerHarness server, string run, string activity) =>
    [
        .. from execution in (await server.GetAsync($"/api/v1/runs/{run}/activities")).GetProperty("items").EnumerateArray()
           where execution.GetProperty("activityId").GetString() == activity
           from attempt in execution.GetProperty("attempts").EnumerateArray()
           select new Attempt(
               attempt.GetProperty("startedAt").GetDateTimeOffset(),
               attempt.GetProperty("endedAt") is { ValueKind: JsonValueKind.String } ended ? ended.GetDateTimeOffset() : null, attempt.GetProperty("failure").GetString()),
    ];

    /// <summary>Nothing of an activity works any more: no statement, no thread of DuckDB, no slot.</summary>
    /// <param name="isAsked">Whether the server still answers.</param>
    static async Task NothingGoesOnAsync(ServerHarness server, string activity, bool isAsked = true)
    {
        Assert.True((long)(await ScalarAsync(server, """
            select count(*) from pg_stat_activity where datname = current_database() and application_name = 'orchestrator warehouse' and state <> 'idle'
            """))! == 0, $"{activity}: the warehouse is still at work.");
        Assert.True((long)(await ScalarAsync(server, "select count(*) from orchestrator.pool_slot as slot where granted_at is not null and orchestrator.is_taken(slot)"))! == 0, $"{activity} has a slot of a pool still.");
        if (isAsked)
        {
            foreach (var pool in (await server.GetAsync("/api/v1/pools")).EnumerateArray())
                Assert.True(pool.GetProperty("held").GetArrayLength() == 0, $"{activity}: {pool}");
        }
        // DuckDB works in this process, on all processors: a query that goes on shows in what the process uses up.
        using var self = Process.GetCurrentProcess();
        var shares = new List<string>();
        for (var looked = Stopwatch.StartNew(); ;)
        {
            self.Refresh();
            var (used, watch) = (self.TotalProcessorTime, Stopwatch.StartNew());
            await Task.Delay(200, TestContext.Current.CancellationToken);
            self.Refresh();
            var share = (self.TotalProcessorTime - used) / watch.Elapsed;
            if (share < 0.5) return;
            shares.Add(share.ToString("f1", CultureInfo.InvariantCulture));
            Assert.True(looked.Elapsed < StillBusy, $"After {activity} the process still uses {string.Join(", ", shares)} processors.");
        }
    }

    static async Task<object?> ScalarAsync(ServerHarness server, string query)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(query, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    sealed class Slowness
    {
        public bool Is { get; set; }
    }

    /// <summary>The real store; a megabyte of an upload takes a while where that is asked for.</summary>
    sealed class SlowStore(FolderStore store, Slowness slow) : IObjectStore
    {
        public Uri Root => store.Root;

        public Uri AddressOf(string key) => store.AddressOf(key);

        public Task<StoredObject> PutFileAsync(string key, string localPath, UploadProgress? progress, CancellationToken cancellationToken) =>
            store.PutFileAsync(key, localPath, new UploadProgress(new SlowProgress(progress?.Bytes, slow)), cancellationToken);

        public Task<StoredObject?> FindAsync(string key, CancellationToken cancellationToken) => store.FindAsync(key, cancellationToken);

        public Task DownloadAsync(StoredObject source, string localPath, CancellationToken cancellationToken) => store.DownloadAsync(source, localPath, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => store.ListAsync(prefix, cancellationToken);

        public Task DeleteAsync(string key, CancellationToken cancellationToken) => store.DeleteAsync(key, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListLeftoversAsync(CancellationToken cancellationToken) => store.ListLeftoversAsync(cancellationToken);

        public Task DeleteLeftoverAsync(StoredObject leftover, CancellationToken cancellationToken) => store.DeleteLeftoverAsync(leftover, cancellationToken);

        sealed class SlowProgress(IProgress<long>? bytes, Slowness slow) : IProgress<long>
        {
            public void Report(long value)
            {
                bytes?.Report(value);
                if (slow.Is) Thread.Sleep(250);
            }
        }
    }

    sealed record Attempt(DateTimeOffset Started, DateTimeOffset? Ended, string? Failure);
}
