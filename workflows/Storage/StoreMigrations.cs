using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Brings a store's schema up to date by the embedded scripts <c>NNNN_what.sql</c>, forward only.</summary>
public static class StoreMigrations
{
    const string Schema = "orchestrator";
    const string Journal = "schema_version";
    const long AdvisoryLock = 7_700_000_001;
    internal const string AddMonths = $"select {Schema}.add_months(now())";

    /// <summary>
    /// Executes the scripts that are missing, in order, and prepares the partitions of this month and the next two. Several processes may
    /// do so at once; all but the first wait, then find nothing to do.
    /// </summary>
    /// <returns>Names of the scripts that were executed; empty if the schema was up to date.</returns>
    /// <exception cref="InvalidOperationException">A script failed; the ones before it stay, nothing of it does.</exception>
    public static IReadOnlyList<string> Apply(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        // Asking ourselves costs a millisecond; the migration library takes a good part of a second to find out the same.
        if (IsUpToDate(connection))
        {
            Execute(connection, AddMonths);
            return [];
        }
        Execute(connection, $"select pg_advisory_lock({AdvisoryLock})");
        try
        {
            if (IsUpToDate(connection)) return [];
            Execute(connection, $"create schema if not exists {Schema}");
            var result = DeployChanges.To.PostgresqlDatabase(connectionString, Schema)
                .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.EndsWith(".sql", StringComparison.Ordinal))
                .JournalToPostgresqlTable(Schema, Journal)
                .WithTransactionPerScript()
                .WithVariablesDisabled()
                .LogTo(new NoOpUpgradeLog())
                .Build()
                .PerformUpgrade();
            if (!result.Successful)
                throw new InvalidOperationException(
                    $"Script {result.ErrorScript?.Name} of the store's schema failed: {result.Error.Message} Nothing of it was kept.",
                    result.Error);
            Execute(connection, AddMonths);
            return [.. result.Scripts.Select(script => script.Name)];
        }
        finally
        {
            Execute(connection, $"select pg_advisory_unlock({AdvisoryLock})");
        }
    }

    /// <summary>Whether every script was executed already.</summary>
    public static bool IsUpToDate(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        return IsUpToDate(connection);
    }

    static bool IsUpToDate(NpgsqlConnection connection)
    {
        using var command = connection.Command($"select scriptname from {Schema}.{Journal}");
        try
        {
            var missing = Scripts().ToHashSet(StringComparer.Ordinal);
            using var row = command.ExecuteReader();
            while (row.Read()) missing.Remove(row.Get<string>("scriptname"));
            return missing.Count == 0;
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return false;
        }
    }

    static IEnumerable<string> Scripts() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal));

    static void Execute(NpgsqlConnection connection, string constant)
    {
        using var command = connection.Command(constant);
        command.ExecuteNonQuery();
    }
}
