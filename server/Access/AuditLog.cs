using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>A change that somebody asked for.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Address">Origin: the address of a client, or user and machine of a command.</param>
/// <param name="Action">The action, such as <c>cancelRun</c>.</param>
/// <param name="Resource">The object of the action, such as <c>/api/v1/runs/…</c>.</param>
/// <param name="Result"><c>done</c>, or the code of the problem, such as <c>access.role_too_low</c>.</param>
sealed record AuditEntry(string Who, string Address, string Action, string Resource, string Result);

/// <summary>An audit entry as stored.</summary>
/// <param name="Id">Number of the entry, ascending.</param>
/// <param name="At">Time of the entry.</param>
/// <inheritdoc cref="AuditEntry"/>
sealed record AuditRecord(long Id, DateTimeOffset At, string Who, string Address, string Action, string Resource, string Result);

/// <summary>The log of changes: who asked for which change, with the result. Entries are only added.</summary>
sealed class AuditLog(StoreDatabase store, TimeProvider time)
{
    // Enough for every path; longer texts are cut.
    const int LongestText = 500;

    /// <summary>Writes an entry.</summary>
    public Task AddAsync(AuditEntry entry, CancellationToken cancellationToken) => store.ExecuteAsync(
        "insert into orchestrator.audit (at, who, address, action, resource, result) values ($1, $2, $3, $4, $5, $6)", cancellationToken,
        time.GetUtcNow(), Cut(entry.Who), Cut(entry.Address), Cut(entry.Action), Cut(entry.Resource), Cut(entry.Result));

    /// <summary>Lists entries, newest first.</summary>
    /// <param name="before">Only entries before this id; <see langword="null"/> for the newest.</param>
    /// <param name="who">Only entries of this caller; <see langword="null"/> for all.</param>
    public Task<IReadOnlyList<AuditRecord>> ListAsync(long? before, string? who, int limit, CancellationToken cancellationToken) => store.ReadAsync(
        """
        select id, at, who, address, action, resource, result from orchestrator.audit
        where id < $1 and ($2 = '' or who = $2)
        order by id desc
        limit $3
        """,
        static row => new AuditRecord(
            row.GetInt64(0), row.GetFieldValue<DateTimeOffset>(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6)),
        cancellationToken, before ?? long.MaxValue, who ?? "", limit);

    // Paths and names too may hold characters that steer a terminal or that PostgreSQL cannot store.
    static string Cut(string text) => VisibleText.Line(text.Length <= LongestText ? text : text[..LongestText]);
}
