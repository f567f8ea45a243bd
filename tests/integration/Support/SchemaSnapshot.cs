using System.Text.RegularExpressions;
using Npgsql;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Everything that PostgreSQL's catalogs say about a schema, as sorted lines, so that two databases can be compared.</summary>
/// <remarks>
/// Left out: the journal of the migrations, the order of columns, white space and comments in functions, and the names that PostgreSQL
/// itself gives to constraints of type NOT NULL (version 0.1 created some tables beside older ones, so their names ended in 1).
/// </remarks>
static partial class SchemaSnapshot
{
    // Objects first: whatever kind of object belongs to the schema has a line, also a kind that no other query describes.
    const string Query = """
        with relations as (
          select pg_class.*, relname like 'schema\_version%' as is_journal
          from pg_class where relnamespace = $1::regnamespace)
        select 'object', row(type, identity)::text
        from pg_depend, lateral pg_identify_object(classid, objid, objsubid)
        where refclassid = 'pg_namespace'::regclass and refobjid = $1::regnamespace
        union all
        select 'relation', row(relname, relkind, relpersistence, relreplident, reloptions, relacl, relrowsecurity, reltablespace,
          pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid),
          (select inhparent::regclass from pg_inherits where inhrelid = relations.oid))::text
        from relations where not is_journal
        union all
        select 'column', row(relname, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity,
          attgenerated, attcollation::regcollation, attstorage, attcompression, attstattarget, attacl)::text
        from relations join pg_attribute on attrelid = relations.oid and attnum > 0 and not attisdropped
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where not is_journal and relkind in ('r', 'p', 'v', 'm', 'f')
        union all
        select 'index', row(pg_get_indexdef(indexrelid), indisvalid, indisprimary, indisclustered)::text
        from relations join pg_index on indrelid = relations.oid where not is_journal
        union all
        select 'constraint', row(relname, case when contype <> 'n' then conname end, contype,
          pg_get_constraintdef(pg_constraint.oid), convalidated)::text
        from relations join pg_constraint on conrelid = relations.oid where not is_journal
        union all
        select 'trigger', row(pg_get_triggerdef(pg_trigger.oid), tgenabled)::text
        from relations join pg_trigger on tgrelid = relations.oid where not tgisinternal or tgparentid <> 0
        union all
        select 'function', pg_get_functiondef(oid) || coalesce(proacl::text, '')
        from pg_proc where pronamespace = $1::regnamespace and prokind in ('f', 'p')
        union all
        select 'view', row(relname, pg_get_viewdef(oid))::text from relations where relkind in ('v', 'm')
        union all
        select 'sequence', row(relname, format_type(seqtypid, null), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
          (select refobjid::regclass from pg_depend
           where classid = 'pg_class'::regclass and objid = relations.oid and deptype in ('a', 'i')))::text
        from relations join pg_sequence on seqrelid = relations.oid where not is_journal
        union all
        select 'comment', row(type, identity, description)::text
        from pg_description, lateral pg_identify_object(classoid, objoid, objsubid)
        where schema = $1 or identity = $1 or identity like '% ' || $1 || '.%'
        """;

    public static async Task<string[]> ReadAsync(NpgsqlConnection connection, string schema)
    {
        await using var command = new NpgsqlCommand(Query, connection);
        command.Parameters.Add(new() { Value = schema });
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var (kind, text) = (reader.GetString(0), reader.GetString(1));
            lines.Add($"{kind} {(kind == "function" ? Layout().Replace(text, "") : text)}");
        }
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    public static async Task<string[]> ReadAsync(string connectionString, string schema)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        return await ReadAsync(connection, schema);
    }

    /// <summary>The rows of all tables of a schema, each as <c>TABLE JSON</c>, without the journal of the migrations.</summary>
    public static async Task<string[]> ReadRowsAsync(string connectionString, string schema)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("""
            select string_agg(
              format('select tableoid::regclass || '' '' || to_jsonb(t)::text from only %s as t', oid::regclass), ' union all ')
            from pg_class where relnamespace = $1::regnamespace and relkind = 'r' and relname <> 'schema_version'
            """);
        command.Parameters.Add(new() { Value = schema });
        var all = (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
        return await ReadTextAsync(source, all);
    }

    /// <summary>The names in the journal of the migrations.</summary>
    public static async Task<string[]> ReadJournalAsync(string connectionString, string schema)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return await ReadTextAsync(source, $"select scriptname::text from {schema}.schema_version");
    }

    static async Task<string[]> ReadTextAsync(NpgsqlDataSource source, string query)
    {
        await using var command = source.CreateCommand(query);
        var lines = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) lines.Add(reader.GetString(0));
        return [.. lines.Order(StringComparer.Ordinal)];
    }

    [GeneratedRegex(@"--[^\n]*|\s+")]
    private static partial Regex Layout();
}
