using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// Replaces the rows of a partition instead of the partition, because others put something on it that would go with it. Rows that
/// foreign keys point at are changed where they are; what is gone is deleted at the end, when the tables that refer to it have their new
/// rows.
/// </summary>
/// <remarks>Triggers of others do not fire, as they do not where the partition is replaced.</remarks>
/// <param name="connection">In the transaction that swaps.</param>
/// <param name="staged">The new rows.</param>
/// <param name="leaf">Where they go.</param>
/// <param name="ofOthers">What is on it.</param>
sealed class RowReplacement(NpgsqlConnection connection, StagedTable staged, TableLeaf leaf, IReadOnlyList<string> ofOthers)
{
    readonly WarehouseTable table = staged.Table;
    readonly List<(string Name, string State)> triggers = [];
    IReadOnlyList<string> key = [];
    string? uniqueKey, identity;

    /// <summary>The objects that others put on the partition.</summary>
    public string OfOthers => string.Join(", ", ofOthers);

    /// <summary>Puts the new rows in.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        await ReadTriggersAsync(cancellationToken);
        await connection.ExecuteAsync(string.Join("; ",
        [
            "set local row_security = off",
            .. triggers.Select(trigger => $"alter table {leaf.Name} disable trigger {trigger.Name}"),
        ]), cancellationToken);
        key = await FindKeyAsync(cancellationToken);
        var columns = string.Join(", ", table.Columns.Select(column => column.Name));
        // Where changes are published, PostgreSQL asks what tells the rows apart.
        identity = await FindMissingIdentityAsync(cancellationToken);
        if (identity is not null) await connection.ExecuteAsync($"alter table {leaf.Name} replica identity full", cancellationToken);
        if (key.Count == 0)
        {
            await connection.ExecuteAsync(
                $"delete from {leaf.Name}; insert into {leaf.Name} ({columns}) select {columns} from sales.{staged.Name}",
                cancellationToken);
            return;
        }
        // Two members may exchange the days they are valid from; the index is back when all rows are as they shall be.
        uniqueKey = await FindUniqueKeyAsync(cancellationToken);
        if (uniqueKey is not null) await connection.ExecuteAsync($"drop index {leaf.Schema}.{uniqueKey}", cancellationToken);
        var same = string.Join(" and ", key.Select(column => $"kept.{column} = new.{column}"));
        var others = table.Columns.Select(column => column.Name).Except(key).ToList();
        await connection.ExecuteAsync(
            $"""
            create index on sales.{staged.Name} ({string.Join(", ", key)});
            analyze sales.{staged.Name};
            update {leaf.Name} as kept set {string.Join(", ", others.Select(column => $"{column} = new.{column}"))}
              from sales.{staged.Name} as new
            where {same}
              and ({Listed("kept", others)}) is distinct from ({Listed("new", others)});
            insert into {leaf.Name} ({columns}) select {columns} from sales.{staged.Name} as new
              where not exists (select from {leaf.Name} as kept where {same})
            """, cancellationToken);
    }

    /// <summary>Deletes what is gone, and leaves the partition as it was found but for its rows.</summary>
    /// <exception cref="ActivityFailedException"><c>load.object_in_the_way</c>: something of others changed the rows on their
    /// way.</exception>
    public async Task FinishAsync(long rows, decimal? total, CancellationToken cancellationToken)
    {
        if (key.Count > 0)
        {
            var same = string.Join(" and ", key.Select(column => $"kept.{column} = new.{column}"));
            await connection.ExecuteAsync(
                $"delete from {leaf.Name} as kept where not exists (select from sales.{staged.Name} as new where {same})",
                cancellationToken);
        }
        await connection.ExecuteAsync(string.Join("; ",
        [
            "set constraints all immediate",
            .. identity is null ? Array.Empty<string>() : [$"alter table {leaf.Name} replica identity {identity}"],
            .. uniqueKey is null ? Array.Empty<string>()
                : [$"create unique index {uniqueKey} on {leaf.Name} ({string.Join(", ", table.UniqueKey!)})"],
            .. triggers.Select(trigger => $"alter table {leaf.Name} enable {trigger.State}trigger {trigger.Name}"),
        ]), cancellationToken);
        var sum = table.MoneyColumn is { } column ? $"coalesce(sum({column}), 0)" : "null::numeric";
        var (found, money) = await connection.LongCommand($"select count(*) as rows, {sum} as total from {leaf.Name}")
            .FirstAsync(row => (row.Get<long>("rows"), row.GetOrDefault<decimal?>("total")), cancellationToken);
        if (found == rows && money == total) return;
        throw new ActivityFailedException("load.object_in_the_way",
            $"{leaf.Name} has {found} rows after {rows} were written: something of others on it changes rows ({OfOthers}). "
            + "Nothing was changed; drop that object, or move it to a view or table of your own.",
            isRetryable: false);
    }

    async Task ReadTriggersAsync(CancellationToken cancellationToken) => triggers.AddRange(await connection.LongCommand(
        """
        select quote_ident(tgname) as name, case tgenabled when 'R' then 'replica ' when 'A' then 'always ' else '' end as state
        from pg_trigger where tgrelid = $1 and not tgisinternal and tgenabled <> 'D' order by tgname
        """, leaf.Id).ListAsync(row => (row.Get<string>("name"), row.Get<string>("state")), cancellationToken));

    Task<string?> FindMissingIdentityAsync(CancellationToken cancellationToken) => connection.LongCommand(
        """
        select case relreplident when 'n' then 'nothing' else 'default' end from pg_class
        where oid = $1 and (relreplident = 'n' or relreplident = 'd'
          and not exists (select from pg_index where indrelid = $1 and indisprimary))
        """, leaf.Id).ScalarAsync<string>(cancellationToken);

    // The columns that a foreign key of others points at; none if there is no such key.
    async Task<IReadOnlyList<string>> FindKeyAsync(CancellationToken cancellationToken) => await connection.LongCommand(
        """
        select array(select attname::text from unnest(confkey) with ordinality as part (number, place)
          join pg_attribute on attrelid = confrelid and attnum = number order by place)
        from pg_constraint where contype = 'f' and confrelid = $1 order by array_length(confkey, 1), oid limit 1
        """, leaf.Id).ScalarAsync<string[]>(cancellationToken) ?? [];

    async Task<string?> FindUniqueKeyAsync(CancellationToken cancellationToken)
    {
        if (table.UniqueKey is not { } columns || key.SequenceEqual(columns)) return null;
        return await connection.LongCommand(
            """
            select quote_ident(relname) from pg_index join pg_class on pg_class.oid = indexrelid
            where indrelid = $1 and indisunique and not relispartition and indpred is null and indexprs is null
              and not exists (select from pg_constraint where conindid = indexrelid)
              and array(select attname::text from unnest(indkey) with ordinality as part (number, place) join pg_attribute on attrelid = $1
                and attnum = number order by place) = $2
            """, leaf.Id, columns.ToArray()).ScalarAsync<string>(cancellationToken);
    }

    static string Listed(string row, IEnumerable<string> columns) => string.Join(", ", columns.Select(column => $"{row}.{column}"));
}
