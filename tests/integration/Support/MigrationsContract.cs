using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>
/// What the migrations of each schema must do: a fresh database gets the baseline, a database of version 0.1 counts as having it, and an
/// older database is refused. The scripts of version 0.1 are in <c>tests/data/schema-0.1</c>.
/// </summary>
public abstract class MigrationsContract(PostgresFixture postgres)
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract string Schema { get; }

    /// <summary>Folder of the scripts that ship.</summary>
    protected abstract string Folder { get; }

    /// <summary>Folder of the scripts of version 0.1.</summary>
    protected abstract string OldFolder { get; }

    /// <summary>What version 0.1 executed after its scripts; fills tables too.</summary>
    protected abstract string OldRows { get; }

    protected abstract IReadOnlyList<string> Apply(string connectionString);

    protected abstract bool IsUpToDate(string connectionString);

    [Fact]
    public async Task Processes_that_start_at_once_apply_each_script_once()
    {
        var database = await postgres.CreateDatabaseAsync();
        Assert.False(IsUpToDate(database));
        var applied = await ApplyAtOnceAsync(database);
        Assert.Equal(NamesIn(Folder), applied.Single(executed => executed.Count > 0));
        Assert.True(IsUpToDate(database));
        Assert.Empty(Apply(database));
        Assert.Equal(NamesIn(Folder), await SchemaSnapshot.ReadJournalAsync(database, Schema));
    }

    [Fact]
    public void Shipped_scripts_come_after_those_of_version_0_1() =>
        Assert.DoesNotContain(NamesIn(Folder), name => string.CompareOrdinal(name, "0100") < 0);

    [Fact]
    public async Task A_schema_of_version_0_1_equals_a_fresh_one()
    {
        var (old, fresh) = (await CreateOldAsync(), await postgres.CreateDatabaseAsync());
        Apply(fresh);
        var expected = await SchemaSnapshot.ReadAsync(fresh, Schema);
        Assert.Equal(expected, await SchemaSnapshot.ReadAsync(old, Schema));
        Apply(old);
        Assert.Equal(expected, await SchemaSnapshot.ReadAsync(old, Schema));
    }

    [Fact]
    public async Task A_fresh_schema_has_the_rows_that_version_0_1_began_with()
    {
        var (old, fresh) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());
        await ExecuteAsync(old, OldFolder, int.MaxValue);
        Apply(fresh);
        Assert.Equal(await SchemaSnapshot.ReadRowsAsync(old, Schema), await SchemaSnapshot.ReadRowsAsync(fresh, Schema));
    }

    [Fact]
    public async Task A_database_of_version_0_1_counts_as_having_the_baseline_and_keeps_its_rows()
    {
        var database = await CreateOldAsync();
        await FillAsync(database);
        var rows = await SchemaSnapshot.ReadRowsAsync(database, Schema);
        Assert.NotEmpty(rows);
        Assert.False(IsUpToDate(database));

        Assert.All(await ApplyAtOnceAsync(database), Assert.Empty);

        Assert.True(IsUpToDate(database));
        Assert.Empty(Apply(database));
        Assert.Equal(rows, await SchemaSnapshot.ReadRowsAsync(database, Schema));
        // Each name once; the old ones stay for servers of version 0.1 that still run.
        var journal = await SchemaSnapshot.ReadJournalAsync(database, Schema);
        Assert.Equal([.. NamesIn(OldFolder), .. NamesIn(Folder)], journal);
    }

    [Fact]
    public async Task A_database_before_version_0_1_is_refused_and_stays_as_it_is()
    {
        var database = await postgres.CreateDatabaseAsync();
        var names = NamesIn(OldFolder);
        await ExecuteAsync(database, OldFolder, names.Length - 1);
        var before = await SchemaSnapshot.ReadAsync(database, Schema);

        var refused = Assert.Throws<InvalidOperationException>(() => Apply(database));

        Assert.Equal(
            $"The schema '{Schema}' of the database ends at script {names[^2]}, but this version can only upgrade a schema that has "
            + $"{names[^1]}. Nothing was changed. Start Orchestrator 0.1.0 with this database once, so that it adds what is missing, "
            + "then start this version again.",
            refused.Message);
        Assert.False(IsUpToDate(database));
        Assert.Equal(before, await SchemaSnapshot.ReadAsync(database, Schema));
        Assert.Equal(names[..^1], await SchemaSnapshot.ReadJournalAsync(database, Schema));
        // The lock is free again: the old version can add the rest.
        await ExecuteAsync(database, OldFolder, int.MaxValue);
        Assert.Empty(Apply(database));
        Assert.True(IsUpToDate(database));
    }

    [Fact]
    public async Task A_start_that_was_interrupted_is_continued()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ExecuteAsync(database, Folder, count: 1);
        Assert.False(IsUpToDate(database));
        Assert.Equal(NamesIn(Folder)[1..], Apply(database));
        Assert.True(IsUpToDate(database));
    }

    /// <summary>A database as version 0.1 left it at its first start, without rows of users.</summary>
    protected async Task<string> CreateOldAsync()
    {
        var database = await postgres.CreateDatabaseAsync();
        await ExecuteAsync(database, OldFolder, int.MaxValue);
        if (Schema == "orchestrator") await ExecuteAsync(database, "select orchestrator.add_months(now())");
        return database;
    }

    protected Task FillAsync(string database) => ExecuteAsync(database, OldRows);

    protected static async Task ExecuteAsync(string database, string statements)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(statements);
        await command.ExecuteNonQueryAsync(Token);
    }

    Task<IReadOnlyList<string>[]> ApplyAtOnceAsync(string database) =>
        Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Apply(database), Token)));

    static string[] NamesIn(string folder) =>
        [
            .. Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.sql")
                .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal),
        ];

    /// <summary>Executes the first scripts of a folder that the database lacks, in the way in which version 0.1 did.</summary>
    async Task ExecuteAsync(string database, string folder, int count)
    {
        await ExecuteAsync(database, $"create schema if not exists {Schema}");
        var result = DeployChanges.To.PostgresqlDatabase(database)
            .WithScripts(NamesIn(folder).Take(count).Select(name => new SqlScript(name, Repository.Read($"{folder}/{name}"))))
            .JournalToPostgresqlTable(Schema, "schema_version")
            .WithTransactionPerScript().WithVariablesDisabled().LogTo(new NoOpUpgradeLog())
            .Build().PerformUpgrade();
        Assert.True(result.Successful, result.Error?.Message);
    }
}
