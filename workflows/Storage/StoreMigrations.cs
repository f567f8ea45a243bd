namespace Orchestrator.Workflows.Storage;

/// <summary>Updates a store's schema, forward only, and prepares the partitions of this month and the next two.</summary>
public static class StoreMigrations
{
    internal const string AddMonths = "select orchestrator.add_months(now())";

    static readonly SchemaMigrations Scripts =
        new(typeof(StoreMigrations).Assembly, "orchestrator", advisoryLock: 7_700_000_001, "0037_secret_hosts.sql", AddMonths);

    /// <inheritdoc cref="SchemaMigrations.Apply"/>
    public static IReadOnlyList<string> Apply(string connectionString) => Scripts.Apply(connectionString);

    /// <inheritdoc cref="SchemaMigrations.IsUpToDate"/>
    public static bool IsUpToDate(string connectionString) => Scripts.IsUpToDate(connectionString);
}
