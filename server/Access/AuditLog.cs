using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Access;

/// <summary>A change that somebody asked for.</summary>
/// <param name="Who">Such as <c>person ada</c>, <c>token nightly of ada</c>, <c>command line of ada</c> or <c>local</c>.</param>
/// <param name="Address">Where from: the address of a client, or user and machine of a command.</param>
/// <param name="Action">What, such as <c>cancelRun</c>.</param>
/// <param name="Resource">Of what, such as <c>/api/v1/runs/…</c>.</param>
/// <param name="Result"><c>done</c>, or the code of the problem, such as <c>access.role_too_low</c>.</param>
sealed record AuditEntry(string Who, string Address, string Action, string Resource, string Result);

/// <summary>An entry as it was written.</summary>
/// <param name="Id">Ascending.</param>
/// <param name="At">When.</param>
/// <inheritdoc cref="AuditEntry"/>
sealed record AuditRecord(long Id, DateTimeOffset At, string Who, string Address, string Action, string Resource, string Result);

/// <summary>Who asked for which change, and what came of it. Entries are only ever added.</summary>
sealed class AuditLog(StoreDatabase store, TimeProvider time)
{
    // Enough for every path; the rest of a longer one says nothing more.
    const int LongestText = 500;

    /// <summary>Writes an entry.</summary>
    public Task AddAsync(AuditEntry entry, CancellationToken cancellationToken) => store.ExecuteAsync(
        "insert into orchestrator.audit (at, who, address, action, resource, result) values ($1, $2, $3, $4, $5, $6)", cancellationToken,
        time.GetUtcNow(), Cut(entry.Who), Cut(entry.Address), Cut(entry.Action), Cut(entry.Resource), Cut(entry.Result));

    /// <summary>Entries, newest first.</summary>
    /// <param name="before">Only those before this one; <see langword="null"/> for the newest.</param>
    /// <param name="who">Only those of somebody; <see langword="null"/> for all.</param>
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

    // Also a path or a name may bring what steers a terminal, or what PostgreSQL cannot keep.
    static string Cut(string text) => VisibleText.Line(text.Length <= LongestText ? text : text[..LongestText]);
}
