using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Orchestrator.Workflows;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Backfills;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Schedules;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Nodes on one database whose clock stands until the test moves it. Nothing drives runs: the test says how they end.</summary>
public sealed class ScheduleScene : IAsyncDisposable
{
    /// <summary>Names the months of a range, both ends included.</summary>
    internal static IEnumerable<string> Months(string first, string last)
    {
        for (var month = Partition.Parse(first); month <= Partition.Parse(last); month = new(month.End)) yield return month.ToString();
    }

    static readonly SemaphoreSlim Copying = new(1, 1);
    static string? template;
    static int copies;

    readonly string connectionString;
    readonly NpgsqlDataSource database;
    readonly List<SchedulerNode> nodes = [];

    ScheduleScene(string connectionString) => (this.connectionString, database) = (connectionString, NpgsqlDataSource.Create(connectionString));

    /// <summary>The workflows there are, by id.</summary>
    public Dictionary<string, string> Workflows { get; } = new() { ["test"] = RuntimeHarness.Flowchart("A1 -> B1", "B1 -> C1") };

    /// <summary>The first node.</summary>
    public SchedulerNode Node => nodes[0];

    /// <summary>The database of all nodes.</summary>
    public string ConnectionString => connectionString;

    /// <summary>One more node, in another process.</summary>
    public static ScheduleScene On(string connectionString)
    {
        var scene = new ScheduleScene(connectionString);
        scene.AddNode(TimeSpan.Zero);
        return scene;
    }

    /// <param name="now">What the database's clock shows.</param>
    public static async Task<ScheduleScene> StartAsync(PostgresFixture postgres, string now)
    {
        var scene = new ScheduleScene(await CreateDatabaseAsync(postgres));
        await scene.SetClockAsync(now);
        scene.AddNode(TimeSpan.Zero);
        return scene;
    }

    /// <summary>Another node, as another process would be.</summary>
    /// <param name="skew">How wrong its clock is.</param>
    public SchedulerNode AddNode(TimeSpan skew, Action<IServiceCollection>? services = null)
    {
        var collection = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddSingleton(new StoreDatabase(connectionString))
            .AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow() + skew) { AutoAdvanceAmount = TimeSpan.FromMilliseconds(1) })
            .AddSingleton<FindDefinition>((id, _) => Task.FromResult(Find(id)))
            .AddSingleton(ControlActivities.NewRegistry().Add<TestJob>())
            .AddWorkflows();
        services?.Invoke(collection);
        nodes.Add(new(collection.BuildServiceProvider()));
        return nodes[^1];
    }

    /// <summary>What a person would start.</summary>
    public StartRun Start(string month) => new(Guid.CreateVersion7(), Find("test")!, Partition.Parse(month), new Dictionary<string, JsonElement>());

    public Task SetClockAsync(string now) => ExecuteAsync("update orchestrator.test_clock set at = $1", DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Ends every run that has not ended.</summary>
    public Task<int> EndRunsAsync(RunStatus status = RunStatus.Succeeded, string? partition = null) => ExecuteAsync(
        "update orchestrator.run set status = $1, finished_at = now(), error_code = case when $1 = 'Failed' then 'test.broken' end, error_message = case when $1 = 'Failed' then 'It is broken.' end where finished_at is null and ($2::date is null or partition = $2)",
        status.ToString(), partition is null ? DBNull.Value : DateOnly.ParseExact(partition, "yyyy-MM", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Looks and ends what was started, until nothing starts any more.</summary>
    public async Task RunAllAsync()
    {
        do await Node.Scheduler.LookAsync(TestContext.Current.CancellationToken);
        while (await EndRunsAsync() > 0);
    }

    /// <summary>The months of all runs, in the order in which they were accepted, with their status.</summary>
    public async Task<IReadOnlyList<string>> ListRunsAsync()
    {
        var runs = await Node.Runs.ListAsync(new() { Limit = 1_000 }, TestContext.Current.CancellationToken);
        return [.. runs.OrderBy(run => run.CreatedAt).Select(run => $"{run.Partition} {run.Status}")];
    }

    /// <summary>The ledger, in the order of due times: <c>month status</c>.</summary>
    public async Task<IReadOnlyList<string>> ListOccurrencesAsync() =>
        [.. (await Node.Schedules.ListOccurrencesAsync(new() { Limit = 1_000 }, TestContext.Current.CancellationToken)).Reverse().Select(due => $"{due.Partition} {due.Status}")];

    public async Task<int> ExecuteAsync(string sql, params object[] values)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A copy of a database that was migrated once: migrating takes longer than all else in these tests.</summary>
    static async Task<string> CreateDatabaseAsync(PostgresFixture postgres)
    {
        await Copying.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            template ??= await CreateTemplateAsync(postgres);
            var original = new NpgsqlConnectionStringBuilder(template);
            var copy = $"schedules_{++copies}";
            await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(template) { Database = "postgres", Pooling = false });
            await using var command = server.CreateCommand($"create database {copy} template {original.Database}");
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            return new NpgsqlConnectionStringBuilder(template) { Database = copy, Pooling = true }.ConnectionString;
        }
        finally
        {
            Copying.Release();
        }
    }

    static async Task<string> CreateTemplateAsync(PostgresFixture postgres)
    {
        // A database is copied only while nobody is connected to it.
        var original = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync()) { Pooling = false }.ConnectionString;
        StoreMigrations.Apply(original);
        await using var source = NpgsqlDataSource.Create(original);
        await using var command = source.CreateCommand("""
            create table orchestrator.test_clock (at timestamptz);
            insert into orchestrator.test_clock values ('2000-01-01');
            create or replace function orchestrator.clock() returns timestamptz language sql stable as 'select at from orchestrator.test_clock';
            """);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return original;
    }

    WorkflowDefinition? Find(string id) => Workflows.TryGetValue(id, out var json) ? WorkflowDefinition.Parse(json, ControlActivities.NewRegistry().Add<TestJob>()) : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes) await node.DisposeAsync();
        await database.DisposeAsync();
    }
}

/// <summary>What a process with the role scheduler has.</summary>
public sealed class SchedulerNode(ServiceProvider provider) : IAsyncDisposable
{
    bool isGone;

    public IServiceProvider Services => provider;
    public ScheduleStore Schedules => provider.GetRequiredService<ScheduleStore>();
    public ScheduleTicker Ticker => provider.GetRequiredService<ScheduleTicker>();
    public Scheduler Scheduler => provider.GetRequiredService<Scheduler>();
    public BackfillStore Backfills => provider.GetRequiredService<BackfillStore>();
    public RunStore Runs => provider.GetRequiredService<RunStore>();

    public Task<TimeSpan?> LookAsync() => Scheduler.LookAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (isGone) return;
        isGone = true;
        await provider.GetRequiredService<StoreDatabase>().DisposeAsync();
        await provider.DisposeAsync();
    }
}
