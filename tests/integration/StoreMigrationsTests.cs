using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration;

public sealed class StoreMigrationsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Processes_that_start_at_once_apply_each_script_once()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StoreMigrations.Apply(connectionString), TestContext.Current.CancellationToken)));
        Assert.Equal(["0001_journal.sql", "0002_catalog.sql", "0003_append.sql", "0004_workers.sql", "0005_partitions.sql"], applied.Single(scripts => scripts.Count > 0));
        Assert.Empty(StoreMigrations.Apply(connectionString));
    }
}
