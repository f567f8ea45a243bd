using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>A partition as PostgreSQL has it: found by its bounds, whatever name or schema others gave it.</summary>
/// <param name="Id">Its object id.</param>
/// <param name="Schema">Its schema, quoted where needed.</param>
/// <param name="Name">Schema and name, quoted where needed.</param>
sealed record TableLeaf(uint Id, string Schema, string Name)
{
    /// <summary>Finds the partition that holds a month, or the rows of a dimension.</summary>
    /// <returns><see langword="null"/> if nothing is loaded.</returns>
    public static Task<TableLeaf?> FindAsync(
        NpgsqlConnection connection, WarehouseTable table, Partition month, CancellationToken cancellationToken) => connection
        .Command($"select oid, schema, name from ({PartitionsOf([table], month)}) as leaf where holds_month")
        .FirstAsync(row => new TableLeaf(row.Get<uint>("oid"), row.Get<string>("schema"), row.Get<string>("name")), cancellationToken);

    /// <summary>
    /// Gives the partitions of tables as a query: <c>owner</c>, <c>oid</c>, <c>schema</c>, <c>relname</c>, <c>name</c> with the schema,
    /// quoted, <c>reltuples</c>, <c>relpages</c>, and whether it <c>holds_month</c>, or the rows of a dimension. All is read from rows of
    /// the catalog, so a partition that goes meanwhile does no harm.
    /// </summary>
    public static string PartitionsOf(IEnumerable<WarehouseTable> tables, Partition month)
    {
        var wanted = string.Join(", ", tables.Select(table => $"('{table.Name}', {table.BoundTextOf(month)})"));
        return $"""
            select owner, leaf.oid, quote_ident(nspname) as schema, leaf.relname, format('%I.%I', nspname, leaf.relname) as name,
              leaf.reltuples::double precision, leaf.relpages::double precision,
              pg_get_expr(leaf.relpartbound, 0) is not distinct from month_bound as holds_month
            from (values {wanted}) as wanted (owner, month_bound)
            join pg_class as parent on parent.relnamespace = 'sales'::regnamespace and parent.relname = owner
            join pg_inherits on inhparent = parent.oid
            join pg_class as leaf on leaf.oid = inhrelid
            join pg_namespace on pg_namespace.oid = leaf.relnamespace
            """;
    }

    /// <summary>
    /// Finds the objects of others on the partition, which would be lost with it: views, grants, indexes, policies, triggers, comments and
    /// the like.
    /// </summary>
    /// <param name="connection">In a transaction that has locked the table.</param>
    /// <param name="staged">Name of the staging table that is to take its place: what it has too is not of others.</param>
    public async Task<IReadOnlyList<string>> FindObjectsOfOthersAsync(
        NpgsqlConnection connection, WarehouseTable table, string staged, CancellationToken cancellationToken)
    {
        string[] key = table.UniqueKey?.ToArray() ?? [];
        return await connection.Command(OfOthers, Id, staged, $"{table.Name}_of_the_month", key)
            .ListAsync(row => row.Get<string>("object"), cancellationToken);
    }

    /// <summary>Grants on the partition, as statements that give a staging table the same ones; empty if it has none but those of its
    /// owner.</summary>
    public async Task<string> FindGrantsAsync(NpgsqlConnection connection, string staged, CancellationToken cancellationToken) =>
        (await connection.Command(
            """
            with
            who as (select 0::oid as oid, 'public' as name union all select oid, quote_ident(rolname) from pg_roles),
            given as (
              select 1 as place, format('revoke all on sales.%I from %s', new.relname, name) as line
              from pg_class as new, aclexplode(new.relacl) as held join who on who.oid = held.grantee
              where new.relnamespace = 'sales'::regnamespace and new.relname = $2 and held.grantee <> new.relowner
                and exists (select from pg_class where oid = $1 and relacl is not null)
              union
              select 2, format('grant %s on sales.%I to %s%s', privilege_type, $2, name,
                case when is_grantable then ' with grant option' else '' end)
              from pg_class as leaf, aclexplode(leaf.relacl) as held join who on who.oid = held.grantee
              where leaf.oid = $1 and held.grantee <> leaf.relowner)
            select coalesce(string_agg(line, '; ' order by place, line), '') from given
            """, Id, staged).ScalarAsync<string>(cancellationToken))!;

    const string OfOthers = """
        with
        leaf as (select * from pg_class where oid = $1),
        staged as (select * from pg_class where relnamespace = 'sales'::regnamespace and relname = $2),
        own_constraint as (
          select oid from pg_constraint
          where conrelid = $1 and (conparentid <> 0 or contype = 'n' or contype = 'c' and (coninhcount > 0 or conname = $3))),
        own_index as (
          select indexrelid as oid from pg_index join pg_class on pg_class.oid = indexrelid
          where indrelid = $1 and not indisclustered and not indisreplident and (
            relispartition and not exists (
              select from pg_inherits join pg_class as parent on parent.oid = inhparent
              where inhrelid = indexrelid
                and (parent.reloptions is distinct from pg_class.reloptions or parent.reltablespace <> pg_class.reltablespace))
            or indisunique and not relispartition and indpred is null and indexprs is null and reloptions is null and reltablespace = 0
              and array(
                select attname::text from unnest(indkey) with ordinality as key (number, place)
                join pg_attribute on attrelid = $1 and attnum = number order by place) = $4)),
        dependent as (
          select classid, objid from pg_depend
          where deptype in ('n', 'a') and (
            refclassid = 'pg_class'::regclass and refobjid = $1
            or refclassid = 'pg_type'::regclass and refobjid in (
              select reltype from leaf union all select typarray from pg_type join leaf on pg_type.oid = leaf.reltype))),
        of_others as (
          select case when classid = 'pg_rewrite'::regclass
              then (select pg_describe_object('pg_class'::regclass, ev_class, 0) || coalesce(' with ' || nullif(rulename, '_RETURN'), '')
                from pg_rewrite where oid = objid)
            else pg_describe_object(classid, objid, 0) end as what
          from dependent
          where classid not in ('pg_attrdef'::regclass, 'pg_type'::regclass)
            and not (classid = 'pg_constraint'::regclass and objid in (select oid from own_constraint))
            and not (classid = 'pg_class'::regclass and objid in (select oid from own_index))
            and not (classid = 'pg_trigger'::regclass
              and exists (select from pg_trigger where oid = objid and (tgisinternal or tgparentid <> 0)))
          union all
          select pg_describe_object('pg_constraint'::regclass, oid, 0) from pg_constraint where contype = 'f' and confrelid = $1
          union all
          select 'grants by others than its owner' from leaf, aclexplode(relacl) as granted where granted.grantor <> relowner
          union all
          select 'its owner' from leaf, staged where leaf.relowner <> staged.relowner
          union all
          select 'its storage settings' from leaf, staged
          where (leaf.reltablespace, leaf.relam, leaf.relpersistence, leaf.relkind)
              is distinct from (staged.reltablespace, staged.relam, staged.relpersistence, staged.relkind)
            or leaf.reloptions is distinct from staged.reloptions
          union all
          select 'its replica identity' from leaf where relreplident <> 'd'
          union all
          select 'its row level security' from leaf where relrowsecurity or relforcerowsecurity
          union all
          select 'a setting of its trigger ' || own.tgname from pg_trigger as own join pg_trigger as parent on parent.oid = own.tgparentid
          where own.tgrelid = $1 and own.tgenabled <> parent.tgenabled
          union all
          select 'a setting of its column ' || own.attname from staged
          join pg_attribute as own on own.attrelid = $1 and own.attnum > 0 and not own.attisdropped
          join pg_attribute as new on new.attrelid = staged.oid and new.attname = own.attname
          where (own.attnotnull, own.atthasdef, own.attstorage, own.attcompression, coalesce(own.attstattarget, -1))
              is distinct from (new.attnotnull, new.atthasdef, new.attstorage, new.attcompression, coalesce(new.attstattarget, -1))
            or own.attacl is distinct from new.attacl or own.attoptions is distinct from new.attoptions
          union all
          select 'a comment' from pg_description
          where classoid = 'pg_class'::regclass
            and not (objoid = $1 and objsubid = 0 and description ~ '^[0-9a-f]{64} -?[0-9]+ -?[0-9]+ -?[0-9]+$')
            and objoid in (select $1 union all select oid from own_index)
          union all
          select 'a security label' from pg_seclabel where classoid = 'pg_class'::regclass and objoid = $1)
        select distinct coalesce(what, 'an object that is being dropped') as object from of_others order by 1 limit 10
        """;
}
