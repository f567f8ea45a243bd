using System.Globalization;
using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>
/// Sessions of PostgreSQL that work for a run. Their application name is the run's id and the worker's fencing token, so that the worker
/// that takes the run over can end them: a worker that was stopped in the middle of a transaction, or while it held an advisory lock, would
/// otherwise block the others until it resumes.
/// </summary>
public static class RunSessions
{
    /// <summary>Marks a session until it returns to its pool.</summary>
    public static Task MarkAsync(NpgsqlConnection connection, Guid runId, long token, CancellationToken cancellationToken) =>
        connection.Command("select set_config('application_name', $1, false)",
            string.Create(CultureInfo.InvariantCulture, $"{PrefixOf(runId)}{token}")).ExecuteAsync(cancellationToken);

    /// <summary>
    /// Ends the sessions that work for a run under older tokens and hold something: they are in a transaction or have an advisory lock.
    /// </summary>
    /// <returns>Number of ended sessions.</returns>
    public static Task<long> EndOlderAsync(NpgsqlConnection connection, Guid runId, long token, CancellationToken cancellationToken) =>
        connection.Command(
            """
            select count(pg_terminate_backend(pid)) from pg_stat_activity as session
            where datname = current_database() and starts_with(application_name, $1)
              and case when substring(application_name from 51) ~ '^[0-9]{1,18}$' then substring(application_name from 51)::bigint < $2 end
              and (state is distinct from 'idle'
                or exists (select from pg_locks where pg_locks.pid = session.pid and locktype = 'advisory'))
            """, PrefixOf(runId), token).ScalarAsync<long>(cancellationToken);

    // 50 characters; a name has 63 at most.
    static string PrefixOf(Guid runId) => $"orchestrator run {runId:n} ";
}
