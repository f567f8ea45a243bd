using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Brings the warehouse's schema up to date, forward only.</summary>
public static class WarehouseMigrations
{
    // Any number that nothing else in the database locks; the spelling is "sales" in ASCII.
    const long AdvisoryLock = 0x73616c6573;

    static readonly Assembly Source = typeof(WarehouseMigrations).Assembly;

    static readonly string[] Scripts =
    [
        .. Source.GetManifestResourceNames()
            .Where(name => name.Length > 5 && name.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0 && name[4] == '_'
                && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Applies the scripts that the database does not have yet. Where it has them all, this is one query.</summary>
    /// <remarks>Processes that start at once wait for each other.</remarks>
    /// <param name="connectionString">A login that may create objects.</param>
    /// <exception cref="InvalidOperationException">A script failed; its transaction was rolled back and the earlier ones stand.</exception>
    public static void Apply(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        if (IsCurrent(connection)) return;

        Execute(connection, "select pg_advisory_lock($1)", AdvisoryLock);
        Execute(connection, "create schema if not exists sales");
        var result = DeployChanges.To.PostgresqlDatabase(connectionString)
            .WithScripts(Scripts.Select(name => SqlScript.FromStream(name, Source.GetManifestResourceStream(name)!)))
            .JournalToPostgresqlTable("sales", "schema_version")
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        // The lock ends with the connection, but the pool would keep that open.
        Execute(connection, "select pg_advisory_unlock($1)", AdvisoryLock);
        if (!result.Successful)
        {
            throw new InvalidOperationException(
                $"Script '{result.ErrorScript?.Name}' failed on the warehouse: {result.Error.Message} Nothing of it was applied. " +
                "Correct the cause and start again.", result.Error);
        }
    }

    /// <summary>Whether the database has all scripts.</summary>
    public static bool IsUpToDate(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        return IsCurrent(connection);
    }

    static bool IsCurrent(NpgsqlConnection connection)
    {
        using var journal = connection.Command("select to_regclass('sales.schema_version') is not null");
        if (journal.ExecuteScalar() is not true) return false;
        using var applied = connection.Command(
            "select count(distinct scriptname) from sales.schema_version where scriptname = any($1)", [Scripts]);
        return applied.ExecuteScalar() is long count && count == Scripts.Length;
    }

    static void Execute(NpgsqlConnection connection, string sql, params ReadOnlySpan<object?> values)
    {
        using var command = connection.Command(sql, values);
        command.ExecuteNonQuery();
    }
}
