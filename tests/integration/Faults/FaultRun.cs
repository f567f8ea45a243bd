using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>
/// Months of sales on two servers that share a store and a PostgreSQL, while both are killed and paused at named points and at random,
/// PostgreSQL is restarted, and connections are cut. At the end everything is as if nothing had happened, or the report says what is not.
/// </summary>
/// <param name="say">Takes lines for a person.</param>
sealed class FaultRun(int kills, int seed, Action<string> say) : IDisposable
{
    const int Months = 4, RowsPerMonth = 400, RunsAtOnce = 3;

    // A fault takes about two seconds; a slow machine may take three times as long.
    readonly TimeSpan budget = TimeSpan.FromMinutes(Math.Max(6, kills / 10));

    static readonly TimeSpan Lease = TimeSpan.FromSeconds(1), LongestLife = TimeSpan.FromSeconds(10), Patience = TimeSpan.FromMinutes(2);

    // Points of one run, and how often at most it passes them.
    static readonly (string Point, int Passes)[] Points =
    [
        ("journal.before_commit", 30), ("journal.committed", 30), ("attempt.started", 10), ("attempt.done", 10), ("generate.part", 4), ("upload.part", 7),
        ("upload.stored", 1), ("star.written", 8), ("load.announced", 1), ("load.copied", 7), ("load.staged", 1), ("warehouse.before_commit", 15),
        ("warehouse.committed", 15), ("load.swapped", 1), ("tune.built", 2), ("tune.reported", 1),
    ];

    readonly Random random = new(seed);
    readonly Lock gate = new();
    readonly SemaphoreSlim network = new(1);
    readonly ConcurrentDictionary<string, int> faults = new();
    readonly ConcurrentDictionary<string, string> doing = new();
    readonly ConcurrentDictionary<string, FaultyServer> alive = new();
    readonly CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    readonly List<Guid> asked = [], backfilled = [];
    int begun, nextMonth;

    /// <summary>Does it all.</summary>
    /// <exception cref="TimeoutException">It took longer than six minutes for each 60 faults; the message says what was waited for.</exception>
    public async Task<FaultReport> RunAsync()
    {
        deadline.CancelAfter(budget);
        try
        {
            return await TormentAllAsync();
        }
        catch (OperationCanceledException late) when (deadline.IsCancellationRequested)
        {
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture,
                $"{begun} of {kills} faults did not end in {budget.TotalMinutes:f0} min. Waited for: {string.Join("; ", doing.Select(what => $"{what.Key}: {what.Value}").Order())}."), late);
        }
    }

    async Task<FaultReport> TormentAllAsync()
    {
        var clock = Stopwatch.StartNew();
        await using var scene = await FaultScene.StartAsync();
        using var proxy = await Toxiproxy.StartAsync(scene.PostgresPort);
        var expected = await UndisturbedAsync(scene);
        say(string.Create(CultureInfo.InvariantCulture, $"Undisturbed: {Months} months in {clock.Elapsed.TotalSeconds:f0} s. Seed {seed}."));

        var database = await scene.CreateDatabaseAsync("faulty");
        var (store, backfills) = scene.StoreOf(database);
        var proxied = new NpgsqlConnectionStringBuilder(database) { Port = proxy.Port }.ConnectionString;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        var asking = Task.WhenAll(AskAsync(store, over.Token), BackfillAsync(backfills, over.Token));
        var tormented = Task.WhenAll(TormentAsync(scene, proxy, proxied, "one"), TormentAsync(scene, proxy, proxied, "two"));
        IReadOnlyList<Run> open;
        try
        {
            var servers = await tormented;
            await over.CancelAsync();
            await asking;
            open = await SettleAsync(store, backfills);
            foreach (var server in servers) server.Dispose();
        }
        catch
        {
            await asking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var server in alive.Values) server.Dispose();
            KeepLogs(scene);
            throw;
        }

        var ended = new List<Run>();
        foreach (var id in asked)
            if (await store.FindAsync(id, CancellationToken.None) is { } run) ended.Add(run);
        var lost = asked.Except(ended.Select(run => run.Id)).Select(id => $"run {id} is not there")
            .Concat(ended.Where(run => run.Status.IsFinal && run.Status != RunStatus.Succeeded).Select(run => $"run {run.Id} is {run.Status}: {run.Error?.Code} {run.Error?.Message}"));
        foreach (var id in backfilled)
            if (await backfills.GetAsync(id, CancellationToken.None) is { Status: not BackfillStatus.Succeeded } backfill) lost = lost.Append($"backfill {id} is {backfill.Status}");
        var doubled = (await Verdict.DoubledAsync(database)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var tables = await Verdict.TablesAsync(database);
        var report = new FaultReport(
            kills, new SortedDictionary<string, int>(faults), asked.Count, [.. lost], doubled,
            [.. open.Select(run => $"run {run.Id} for {run.Partition} is {run.Status}{(run.SuspendedReason is { } reason ? $": {reason}" : "")}, driven by {run.LeaseOwner ?? "nobody"}")],
            tables == expected ? null : $"expected {expected}, found {tables}", clock.Elapsed);
        if (!report.IsClean) KeepLogs(scene);
        return report;
    }

    public void Dispose()
    {
        network.Dispose();
        deadline.Dispose();
    }

    async Task<string> UndisturbedAsync(FaultScene scene)
    {
        var database = await scene.CreateDatabaseAsync("undisturbed");
        var (store, _) = scene.StoreOf(database);
        using var server = Serve(scene, database, "undisturbed", fault: null);
        for (var month = 0; month < Months; month++) await store.CreateAsync(FaultScene.Month(MonthAt(month), RowsPerMonth), CancellationToken.None);
        var runs = await store.ListAsync(new() { Limit = Months }, CancellationToken.None);
        doing["undisturbed"] = "all months to end without a fault";
        while (!runs.All(run => run.Status.IsFinal))
        {
            await Task.Delay(200, deadline.Token);
            runs = await store.ListAsync(new() { Limit = Months }, deadline.Token);
        }
        doing.TryRemove("undisturbed", out _);
        Assert.All(runs, run => Assert.Equal((RunStatus.Succeeded, null), (run.Status, run.Error)));
        return await Verdict.TablesAsync(database);
    }

    /// <summary>Keeps the servers busy: asks for a month whenever there are few open, each of them again and again.</summary>
    async Task AskAsync(RunStore store, CancellationToken over)
    {
        var open = new List<Guid>();
        while (!over.IsCancellationRequested || asked.Count < Months)
        {
            try
            {
                foreach (var id in open.ToArray())
                    if ((await store.FindAsync(id, CancellationToken.None))!.Status.IsFinal) open.Remove(id);
                if (open.Count < RunsAtOnce)
                {
                    var start = FaultScene.Month(MonthAt(nextMonth % Months), RowsPerMonth);
                    await store.CreateAsync(start, CancellationToken.None);
                    open.Add(start.Id);
                    asked.Add(start.Id);
                    nextMonth++;
                }
            }
            catch (RunAlreadyActiveException)
            {
                // That month has not ended yet; this one comes next time.
            }
            catch (NpgsqlException)
            {
                // Not accepted, so it need not be there. An answer that was lost after the commit gives a run more than was asked for, of the same month.
            }
            await Task.Delay(200, asked.Count < Months ? deadline.Token : over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Asks for all months at once, again and again, so that loads of many months meet.</summary>
    async Task BackfillAsync(BackfillStore backfills, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                if (backfilled.Count == 0 || (await backfills.GetAsync(backfilled[^1], CancellationToken.None)).Status is not BackfillStatus.Running)
                    backfilled.Add((await backfills.CreateAsync(Guid.CreateVersion7(), FaultScene.Backfill(MonthAt(0), MonthAt(Months - 1), RowsPerMonth), "fault harness", CancellationToken.None)).Id);
            }
            catch (SchedulingException)
            {
                // The first server that starts publishes the workflow.
            }
            catch (NpgsqlException)
            {
                // Not accepted; what was accepted though its answer was lost ends as the others do.
            }
            await Task.Delay(5_000, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            deadline.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Gives one server life after life, and each a fault; leaves it alive and well.</summary>
    async Task<FaultyServer> TormentAsync(FaultScene scene, Toxiproxy proxy, string database, string name)
    {
        var server = Serve(scene, database, name, fault: null);
        while (Interlocked.Increment(ref begun) <= kills)
        {
            doing[name] = "another fault";
            var kind = Next(100);
            if (kind < 45) server = await EndAtPointAsync(scene, database, name, server);
            else if (kind < 60) server = await EndAtRandomAsync(scene, database, name, server);
            else if (kind < 72) server = await PauseAtPointAsync(scene, database, name, server);
            else if (kind < 80) await PauseAtRandomAsync(server);
            else if (kind < 88) await AloneAsync(() => RestartPostgresAsync(scene));
            else await AloneAsync(() => CutAsync(proxy));
            while (server.HasExited)
            {
                doing[name] = "a start that lasts";
                // One that is started while PostgreSQL is away says so and ends; whoever runs it starts it again.
                say($"Server {name} ended by itself: {File.ReadLines(Path.Combine(scene.Folder, $"{name}.log")).Last()}");
                server = Renew(server, Serve(scene, database, name, fault: null), "ended by itself");
                await PassAsync(500, 1_500);
            }
        }
        doing.TryRemove(name, out _);
        return server;
    }

    async Task<FaultyServer> EndAtPointAsync(FaultScene scene, string database, string name, FaultyServer before)
    {
        var point = NextPoint();
        doing[name] = $"life at {point}";
        var server = Renew(before, Serve(scene, database, name, ("ORCHESTRATOR_CRASH_AT", point)), why: null);
        var isThere = await UntilAsync(() => server.HasExited);
        return Renew(server, Serve(scene, database, name, fault: null), isThere ? $"killed at {point.Split(':')[0]}" : "killed at random");
    }

    async Task<FaultyServer> EndAtRandomAsync(FaultScene scene, string database, string name, FaultyServer server)
    {
        await PassAsync(500, 5_000);
        return Renew(server, Serve(scene, database, name, fault: null), "killed at random");
    }

    async Task<FaultyServer> PauseAtPointAsync(FaultScene scene, string database, string name, FaultyServer before)
    {
        var point = NextPoint();
        doing[name] = $"life at {point}";
        var server = Renew(before, Serve(scene, database, name, ("ORCHESTRATOR_PAUSE_AT", point)), why: null);
        if (!await UntilAsync(() => server.IsStopped || server.HasExited))
        {
            await PauseAtRandomAsync(server);
            return server;
        }
        await PassAsync(1_500, 3_500);
        server.Signal("CONT");
        Count($"paused at {point.Split(':')[0]}");
        return server;
    }

    async Task PauseAtRandomAsync(FaultyServer server)
    {
        await PassAsync(200, 3_000);
        if (server.HasExited) return;
        server.Signal("STOP");
        await PassAsync(1_500, 3_500);
        server.Signal("CONT");
        Count("paused at random");
    }

    async Task RestartPostgresAsync(FaultScene scene)
    {
        await PassAsync(200, 2_000);
        scene.EndPostgres(Next(3) switch { 0 => "KILL", 1 => "QUIT", _ => "INT" });
        Count("PostgreSQL restarted");
        await PassAsync(1_000, 2_000);
    }

    async Task CutAsync(Toxiproxy proxy)
    {
        await PassAsync(200, 2_000);
        var duration = TimeSpan.FromMilliseconds(100 + Next(2_000));
        switch (Next(3))
        {
            case 0: await proxy.CutAsync(duration); break;
            case 1: await proxy.ResetAsync(duration); break;
            default: await proxy.HangAsync(duration); break;
        }
        Count("connections cut");
    }

    /// <summary>Waits until all runs have ended.</summary>
    /// <returns>Those that have not, long after the last fault.</returns>
    async Task<IReadOnlyList<Run>> SettleAsync(RunStore store, BackfillStore backfills)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var open = new List<Run>();
            foreach (var id in asked)
                if (await store.FindAsync(id, deadline.Token) is { Status.IsFinal: false } run && run.SuspendedReason is null) open.Add(run);
            var running = 0;
            foreach (var id in backfilled)
                if ((await backfills.GetAsync(id, deadline.Token)).Status is BackfillStatus.Running) running++;
            doing["the end"] = $"{open.Count} open runs, {running} open backfills";
            if (open.Count + running == 0 || waited.Elapsed > Patience) return open;
            await Task.Delay(500, deadline.Token);
        }
    }

    FaultyServer Serve(FaultScene scene, string database, string name, (string Variable, string Value)? fault)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Runs__Lease"] = Lease.ToString(), ["Runs__Heartbeat"] = "00:00:00.200", ["Runs__InfrastructureRetries"] = "1000",
            // Here it is we who kill the workers, not the runs.
            ["Runs__LostAttempts"] = "1000", ["Runs__PoisonedAfter"] = "1000",
            ["Activities__GenerateSales__RowsPerPart"] = "100", ["Activities__UploadPartitions__CheckpointInterval"] = "00:00:00",
            ["Activities__TuneIndexes__LeastTablePages"] = "1", ["Activities__LoadTables__LockAttempts"] = "60",
        };
        if (fault is var (variable, value)) environment[variable] = value;
        // Each with a data folder of its own, as on two machines; what they share is the store and PostgreSQL.
        return alive[name] = FaultyServer.Start(Path.Combine(scene.Folder, $"{name}.log"), environment,
            "serve", "--roles", "scheduler,worker", "--workers", "2", "--data", Path.Combine(scene.Folder, name), "--postgres", database,
            "--store", $"file://{Path.Combine(scene.Folder, name == "undisturbed" ? "store-undisturbed" : "store")}/");
    }

    FaultyServer Renew(FaultyServer old, FaultyServer next, string? why)
    {
        old.Dispose();
        if (why is not null) Count(why);
        return next;
    }

    async Task AloneAsync(Func<Task> fault)
    {
        await network.WaitAsync(deadline.Token);
        try
        {
            await fault();
        }
        finally
        {
            network.Release();
        }
    }

    async Task<bool> UntilAsync(Func<bool> isDone)
    {
        var waited = Stopwatch.StartNew();
        while (!isDone())
        {
            if (waited.Elapsed > LongestLife) return false;
            await Task.Delay(20, deadline.Token);
        }
        return true;
    }

    Task PassAsync(int least, int most) => Task.Delay(least + Next(most - least), deadline.Token);

    string NextPoint()
    {
        var (point, passes) = Points[Next(Points.Length)];
        return string.Create(CultureInfo.InvariantCulture, $"{point}:{1 + Next(passes)}");
    }

    int Next(int end)
    {
        lock (gate) return random.Next(end);
    }

    void Count(string fault)
    {
        var many = faults.AddOrUpdate(fault, 1, (_, count) => count + 1);
        if (kills > 100 && faults.Values.Sum() % 50 == 0) say(string.Create(CultureInfo.InvariantCulture, $"{faults.Values.Sum()} faults, {asked.Count} runs asked for; {fault} {many} times."));
    }

    static Partition MonthAt(int number) => Partition.Parse(string.Create(CultureInfo.InvariantCulture, $"2026-{number + 1:d2}"));

    void KeepLogs(FaultScene scene)
    {
        var kept = Directory.CreateTempSubdirectory("orchestrator-fault-logs-").FullName;
        foreach (var log in Directory.EnumerateFiles(scene.Folder, "*.log")) File.Copy(log, Path.Combine(kept, Path.GetFileName(log)));
        say($"What the servers said is in {kept}.");
    }
}

/// <summary>How a torment ended.</summary>
sealed record FaultReport(
    int Kills, IReadOnlyDictionary<string, int> Faults, int Runs, IReadOnlyList<string> Lost, IReadOnlyList<string> Doubled, IReadOnlyList<string> Stuck,
    string? Difference, TimeSpan Elapsed)
{
    public bool IsClean => Lost.Count == 0 && Doubled.Count == 0 && Stuck.Count == 0 && Difference is null;

    public override string ToString() => string.Join(Environment.NewLine,
    [
        string.Create(CultureInfo.InvariantCulture, $"{Faults.Values.Sum()} faults on {Runs} runs in {Elapsed.TotalMinutes:f1} min: {Lost.Count} lost, {Doubled.Count} doubled, {Stuck.Count} stuck; tables {(Difference is null ? "as undisturbed" : "differ")}."),
        .. Faults.Select(fault => string.Create(CultureInfo.InvariantCulture, $"  {fault.Value,4} {fault.Key}")),
        .. Lost.Concat(Doubled).Concat(Stuck).Append(Difference ?? "").Where(line => line.Length > 0),
    ]);
}
