using System.Reflection;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>Updates one schema of a database by embedded scripts <c>NNNN_what.sql</c>, forward only.</summary>
/// <remarks>
/// Scripts 0100 to 0199 are the baseline, which creates the whole schema; later scripts begin at 0200. Scripts below 0100 are those of
/// version 0.1, which is no longer shipped: a database that has the last of them has what the baseline creates, so the baseline is
/// recorded and not executed. The old names stay in the journal, so that servers of version 0.1 can run beside this one during an upgrade.
/// </remarks>
/// <param name="source">Holds the scripts as resources.</param>
/// <param name="schema">Name of the schema; its journal is <c>schema_version</c>.</param>
/// <param name="advisoryLock">Lock that is held while scripts are executed; any number that nothing else in the database locks.</param>
/// <param name="lastBefore">The last script of version 0.1.</param>
/// <param name="afterwards">A statement that <see cref="Apply"/> executes each time; <see langword="null"/> for none.</param>
public sealed class SchemaMigrations(Assembly source, string schema, long advisoryLock, string lastBefore, string? afterwards = null)
{
    readonly string[] scripts = [.. source.GetManifestResourceNames().Where(IsScript).Order(StringComparer.Ordinal)];

    /// <summary>Executes the missing scripts in order. If none is missing, this is one query.</summary>
    /// <remarks>Several processes may call it at once: all but the first wait, then find nothing to do.</remarks>
    /// <param name="connectionString">A login that may create objects.</param>
    /// <returns>Names of the scripts that were executed; empty if the schema was up to date.</returns>
    /// <exception cref="InvalidOperationException">
    /// A script failed, and nothing of it was kept; the scripts before it stay. Or the schema is older than version 0.1.
    /// </exception>
    public IReadOnlyList<string> Apply(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        // This query takes a millisecond; DbUp needs a good part of a second for the same answer.
        if (IsComplete(ReadJournal(connection)))
        {
            Execute(connection, afterwards);
            return [];
        }
        Execute(connection, $"select pg_advisory_lock({advisoryLock})");
        try
        {
            var recorded = ReadJournal(connection);
            if (IsComplete(recorded)) return [];
            if (recorded.Count > 0 && !recorded.Any(IsBaseline)) recorded.UnionWith(RecordBaseline(connection, recorded));
            var executed = IsComplete(recorded) ? [] : Deploy(connection, connectionString);
            Execute(connection, afterwards);
            return executed;
        }
        finally
        {
            // The lock ends with the session, but the pool would keep that open.
            Execute(connection, $"select pg_advisory_unlock({advisoryLock})");
        }
    }

    /// <summary>True if every script was executed already.</summary>
    public bool IsUpToDate(string connectionString)
    {
        using var connection = new NpgsqlConnection(connectionString);
        connection.Open();
        return IsComplete(ReadJournal(connection));
    }

    static bool IsScript(string name) => name.Length > 5 && name[4] == '_' && name.EndsWith(".sql", StringComparison.Ordinal)
        && name.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0;

    static bool IsBaseline(string name) => name.StartsWith("01", StringComparison.Ordinal);

    bool IsComplete(HashSet<string> recorded) => scripts.All(recorded.Contains);

    HashSet<string> ReadJournal(NpgsqlConnection connection)
    {
        using var command = Command(connection, $"select scriptname from {schema}.schema_version");
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            using var reader = command.ExecuteReader();
            while (reader.Read()) names.Add(reader.GetString(0));
        }
        catch (PostgresException none) when (none.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            // A fresh database.
        }
        return names;
    }

    string[] RecordBaseline(NpgsqlConnection connection, HashSet<string> recorded)
    {
        if (!recorded.Contains(lastBefore))
        {
            throw new InvalidOperationException(
                $"The schema '{schema}' of the database ends at script {recorded.Max(StringComparer.Ordinal)}, "
                + $"but this version can only upgrade a schema that has {lastBefore}. Nothing was changed. "
                + "Start Orchestrator 0.1.0 with this database once, so that it adds what is missing, then start this version again.");
        }
        // One statement, so that the journal never holds a part of the baseline of a database that has all of it.
        string[] baseline = [.. scripts.Where(IsBaseline)];
        using var command = Command(connection,
            $"insert into {schema}.schema_version (scriptname, applied) select name, localtimestamp from unnest($1) as name");
        command.Parameters.Add(new() { Value = baseline });
        command.ExecuteNonQuery();
        return baseline;
    }

    string[] Deploy(NpgsqlConnection connection, string connectionString)
    {
        Execute(connection, $"create schema if not exists {schema}");
        var result = DeployChanges.To.PostgresqlDatabase(connectionString)
            .WithScripts(scripts.Select(name => SqlScript.FromStream(name, source.GetManifestResourceStream(name)!)))
            .JournalToPostgresqlTable(schema, "schema_version")
            .WithTransactionPerScript()
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        return result.Successful ? [.. result.Scripts.Select(script => script.Name)] : throw new InvalidOperationException(
            $"Script {result.ErrorScript?.Name} of the schema '{schema}' failed: {result.Error.Message} Nothing of it was kept. "
            + "Correct the cause and start again.", result.Error);
    }

    static void Execute(NpgsqlConnection connection, string? statement)
    {
        if (statement is null) return;
        using var command = Command(connection, statement);
        command.ExecuteNonQuery();
    }

    // CA2100: every statement is a constant, or is built from the schema's name and the number of the lock, which the code gives.
#pragma warning disable CA2100
    static NpgsqlCommand Command(NpgsqlConnection connection, string statement) => new(statement, connection);
#pragma warning restore CA2100
}
