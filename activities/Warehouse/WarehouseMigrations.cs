using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Brings the warehouse's schema up to date, forward only.</summary>
public static class WarehouseMigrations
{
    // The number of the lock spells "sales" in ASCII.
    static readonly SchemaMigrations Scripts =
        new(typeof(WarehouseMigrations).Assembly, "sales", advisoryLock: 0x73616c6573, "0004_loaded_bytes.sql");

    /// <inheritdoc cref="SchemaMigrations.Apply"/>
    public static IReadOnlyList<string> Apply(string connectionString) => Scripts.Apply(connectionString);

    /// <inheritdoc cref="SchemaMigrations.IsUpToDate"/>
    public static bool IsUpToDate(string connectionString) => Scripts.IsUpToDate(connectionString);
}
