using Orchestrator.Workflows.Storage;

namespace Orchestrator.Tests.Integration;

public sealed class StoreMigrationsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Processes_that_start_at_once_apply_each_script_once()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        var applied = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StoreMigrations.Apply(connectionString), TestContext.Current.CancellationToken)));
        var scripts = typeof(StoreMigrations).Assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        Assert.Equal(scripts, applied.Single(executed => executed.Count > 0));
        Assert.Empty(StoreMigrations.Apply(connectionString));
    }
}
