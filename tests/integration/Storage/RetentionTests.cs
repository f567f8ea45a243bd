using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration.Storage;

/// <summary>Months in 2025 are old, and their runs ended then where a test does not say otherwise.</summary>
public sealed class RetentionTests(PostgresFixture postgres)
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1");

    static readonly DateTimeOffset March = new(2025, 3, 15, 12, 0, 0, TimeSpan.Zero), April = March.AddMonths(1), May = March.AddMonths(2);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Months_go_with_all_that_their_runs_left_behind_and_what_readers_see_stays()
    {
        await using var runtime = await StartAsync();
        var plain = await RunAsync(runtime, March);
        var writer = await RunAsync(runtime, March, Writing(runtime, "fact"));
        var young = await runtime.RunAsync(Chart);

        var report = await runtime.Retention.ApplyAsync(Token);

        Assert.Equal([new(2025, 3, 1)], report.Months);
        Assert.Equal((1, 0), (report.Runs, report.Materializations));
        Assert.Null(await runtime.Store.FindAsync(plain, Token));
        Assert.NotNull((await runtime.Store.FindAsync(writer, Token))!.HistoryRemovedAt);
        Assert.Null((await runtime.Store.FindAsync(young.Id, Token))!.HistoryRemovedAt);
        Assert.Equal(writer, (await runtime.Catalog.FindAsync(new("fact"), null, Token))!.RunId);
        Assert.Empty(await runtime.Journal.ReadAsync(writer, Token));
        Assert.Empty(await runtime.Store.ListExecutionsAsync(writer, Token));
        Assert.Equal(3, (await runtime.Store.ListExecutionsAsync(young.Id, Token)).Count);
        Assert.Equal(0L, await ScalarAsync<long>(runtime, "select count(*) from pg_class where relname like '%2025\\_0%'"));
        var again = await runtime.Retention.ApplyAsync(Token);
        Assert.Equal((0, 0, 0), (again.Months.Count, again.Runs, again.Materializations));
    }

    [Fact]
    public async Task A_month_stays_as_long_as_one_of_its_runs_has_not_ended_or_is_young()
    {
        await using var runtime = await StartAsync();
        var open = (await runtime.Store.CreateAsync(runtime.Start(Chart) with { Id = Guid.CreateVersion7(March) }, Token)).Id;
        var beside = await RunAsync(runtime, March);
        var late = await RunAsync(runtime, April);
        await ExecuteAsync(runtime, $"update orchestrator.run set finished_at = now() - interval '29 days' where id = '{late}'");
        await RunAsync(runtime, May);

        Assert.Equal([new(2025, 5, 1)], (await runtime.Retention.ApplyAsync(Token)).Months);

        foreach (var kept in (Guid[])[open, beside, late])
        {
            Assert.Null((await runtime.Store.FindAsync(kept, Token))!.HistoryRemovedAt);
            Assert.NotEmpty(await runtime.Journal.ReadAsync(kept, Token));
        }
        Assert.Equal(RunStatus.Succeeded, (await runtime.Worker.DriveAsync(open, runtime, Token)).Status);
    }

    [Fact]
    public async Task What_readers_see_was_made_from_stays_and_goes_when_they_see_something_else()
    {
        await using var runtime = await StartAsync();
        var raw = await RunAsync(runtime, March, Writing(runtime, "raw"));
        var first = (await runtime.Catalog.FindAsync(new("raw"), null, Token))!.Id;
        var fact = await RunAsync(runtime, March, Writing(runtime, "fact", first));
        await RunAsync(runtime, April, Writing(runtime, "raw"));

        Assert.Equal(0, (await runtime.Retention.ApplyAsync(Token)).Materializations);
        var seen = (await runtime.Catalog.FindAsync(new("fact"), null, Token))!;
        Assert.Equal([first], (await runtime.Catalog.ListUpstreamAsync(seen.Id, Token)).Select(input => input.Id));
        Assert.NotNull(await runtime.Store.FindAsync(raw, Token));

        // A run that was accepted before the fact was written anew may still read the one before.
        await AddMonthAsync(runtime, May);
        var reader = (await runtime.Store.CreateAsync(runtime.Start(Chart) with { Id = Guid.CreateVersion7(May) }, Token)).Id;
        await ExecuteAsync(runtime, $"update orchestrator.run set created_at = '2025-05-15' where id = '{reader}'");
        await RunAsync(runtime, May.AddDays(1), Writing(runtime, "fact"));
        Assert.Equal(0, (await runtime.Retention.ApplyAsync(Token)).Materializations);

        await runtime.Worker.DriveAsync(reader, runtime, Token);
        var report = await runtime.Retention.ApplyAsync(Token);
        Assert.Equal((2, 2), (report.Runs, report.Materializations));
        Assert.Null(await runtime.Store.FindAsync(raw, Token));
        Assert.Null(await runtime.Store.FindAsync(fact, Token));
        Assert.Equal(2, await ScalarAsync<long>(runtime, "select count(*) from orchestrator.materialization"));
    }

    [Fact]
    public async Task A_run_that_a_kept_one_repeats_stays_without_its_history()
    {
        await using var runtime = await StartAsync();
        var root = await RunAsync(runtime, March);
        var again = await runtime.RunAsync(Chart);
        await ExecuteAsync(runtime, $"update orchestrator.run set rerun_of = '{root}', root_run = '{root}' where id = '{again.Id}'");
        Assert.Equal(0, (await runtime.Retention.ApplyAsync(Token)).Runs);
        Assert.NotNull((await runtime.Store.FindAsync(root, Token))!.HistoryRemovedAt);
    }

    [Fact]
    public async Task Runs_in_the_default_partition_go_too()
    {
        await using var runtime = await StartAsync();
        var lost = await RunAsync(runtime, new(2024, 2, 1, 0, 0, 0, TimeSpan.Zero), prepare: false);
        Assert.Equal(1, (await runtime.Retention.ApplyAsync(Token)).Runs);
        Assert.Empty(await runtime.Journal.ReadAsync(lost, Token));
        Assert.Empty(await runtime.Store.ListExecutionsAsync(lost, Token));
    }

    [Fact]
    public async Task Nobody_waits_long_for_a_month_that_somebody_reads()
    {
        await using var runtime = await StartAsync();
        await RunAsync(runtime, March);
        await using (var reader = new NpgsqlConnection(runtime.ConnectionString))
        {
            await reader.OpenAsync(Token);
            await using var reading = await reader.BeginTransactionAsync(Token);
            await using var read = new NpgsqlCommand("select count(*) from orchestrator.journal", reader, reading);
            await read.ExecuteScalarAsync(Token);
            var applying = runtime.Retention.ApplyAsync(Token);
            Assert.Equal(RunStatus.Succeeded, (await runtime.RunAsync(Chart)).Status);
            Assert.Empty((await applying).Months);
        }
        Assert.Contains(new(2025, 3, 1), (await runtime.Retention.ApplyAsync(Token)).Months);
    }

    [Fact]
    public async Task Without_the_setting_everything_stays_and_the_coming_months_are_prepared()
    {
        await using var runtime = await StartAsync(days: null);
        var old = await RunAsync(runtime, March);
        await ExecuteAsync(runtime, "select orchestrator.drop_month(now() + interval '2 months')");
        var report = await runtime.Retention.ApplyAsync(Token);
        Assert.Equal((0, 0, 0), (report.Months.Count, report.Runs, report.Materializations));
        Assert.NotEmpty(await runtime.Journal.ReadAsync(old, Token));
        Assert.Equal(1L, await ScalarAsync<long>(runtime, "select count(*) from orchestrator.month where begins <= now() + interval '2 months' and ends > now() + interval '2 months'"));
    }

    Task<RuntimeHarness> StartAsync(int? days = 30) => RuntimeHarness.StartAsync(postgres,
        services: services => services.Configure<RetentionOptions>(options => options.Runs = days is { } count ? TimeSpan.FromDays(count) : null));

    /// <summary>A run of another time.</summary>
    static async Task<Guid> RunAsync(RuntimeHarness runtime, DateTimeOffset at, Action? prepareWork = null, bool prepare = true)
    {
        if (prepare) await AddMonthAsync(runtime, at);
        prepareWork?.Invoke();
        var run = await runtime.Store.CreateAsync(runtime.Start(Chart) with { Id = Guid.CreateVersion7(at) }, Token);
        await runtime.Worker.DriveAsync(run.Id, runtime, Token);
        runtime.Work.Clear();
        var time = $"timestamptz '{at:yyyy-MM-dd HH:mm:ss}+00'";
        await ExecuteAsync(runtime, $"update orchestrator.run set created_at = {time}, started_at = {time}, finished_at = {time} where id = '{run.Id}'");
        await ExecuteAsync(runtime, $"update orchestrator.materialization set committed_at = {time} where run_id = '{run.Id}'");
        return run.Id;
    }

    static Action Writing(RuntimeHarness runtime, string asset, params Guid[] inputs) => () => runtime.Work["B1"] = context =>
    {
        context.AddMaterialization(RuntimeHarness.Draft(asset) with { Inputs = inputs });
        return Task.CompletedTask;
    };

    static async Task AddMonthAsync(RuntimeHarness runtime, DateTimeOffset at) => await ExecuteAsync(runtime, $"select orchestrator.add_month('{at:yyyy-MM-dd}')");

    static async Task ExecuteAsync(RuntimeHarness runtime, string statement)
    {
        await using var command = runtime.Database.DataSource.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(Token);
    }

    static async Task<T> ScalarAsync<T>(RuntimeHarness runtime, string query)
    {
        await using var command = runtime.Database.DataSource.CreateCommand(query);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }
}
