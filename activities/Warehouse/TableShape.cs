using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>A table of the warehouse as it is now: others may have added columns, rules and defaults to what the migrations made.</summary>
/// <param name="Columns">Its columns, by name.</param>
/// <param name="TableSpace">The tablespace of new partitions; <see langword="null"/> for the default one.</param>
/// <param name="Hash">Changes with whatever a new partition must have before it can be attached.</param>
sealed record TableShape(IReadOnlyDictionary<string, ShapeColumn> Columns, string? TableSpace, string Hash)
{
    /// <summary>Reads the shape of a table.</summary>
    /// <returns><see langword="null"/> if the table does not exist.</returns>
    public static async Task<TableShape?> ReadAsync(NpgsqlConnection connection, string table, CancellationToken cancellationToken)
    {
        var columns = new Dictionary<string, ShapeColumn>(StringComparer.Ordinal);
        var (text, tableSpace) = (new StringBuilder(), default(string));
        await connection.Command(
            """
            select attname, typname, attnotnull, atthasdef or attgenerated <> '' as has_default,
              attgenerated <> '' or attidentity <> '' as is_computed,
              concat_ws(' ', attname, atttypid, atttypmod, attcollation, attnotnull, attgenerated, attidentity,
                pg_get_expr(adbin, adrelid)) as column_text, spcname,
              (select string_agg(concat_ws(' ', conname, pg_get_expr(conbin, conrelid)), ';' order by conname) from pg_constraint
                where conrelid = owner.oid and contype = 'c') as checks
            from pg_class as owner
            join pg_attribute on attrelid = owner.oid and attnum > 0 and not attisdropped
            join pg_type on pg_type.oid = atttypid
            left join pg_attrdef on adrelid = owner.oid and adnum = attnum
            left join pg_tablespace on pg_tablespace.oid = owner.reltablespace
            where owner.relnamespace = 'sales'::regnamespace and owner.relname = $1
            order by attnum
            """, table).ListAsync(row =>
            {
                tableSpace ??= row.GetOrDefault<string>("spcname");
                text.AppendJoin('\n', row.Get<string>("column_text"), row.GetOrDefault<string>("checks") ?? "", tableSpace, "");
                columns.Add(row.Get<string>("attname"), new(
                    row.Get<string>("typname"), row.Get<bool>("attnotnull"), row.Get<bool>("has_default"), row.Get<bool>("is_computed")));
                return columns.Count;
            }, cancellationToken);
        return columns.Count == 0 ? null : new(columns, tableSpace,
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]);
    }

    /// <summary>Refuses a table that rows of ours do not fit any more.</summary>
    /// <exception cref="ActivityFailedException"><c>load.table_changed</c>: the message names the column and what to do.</exception>
    public void Check(WarehouseTable table)
    {
        foreach (var column in table.Columns)
        {
            if (!Columns.TryGetValue(column.Name, out var found))
                throw Changed(table, $"has no column {column.Name} any more", $"Add it again as {column.SqlType}, or restore its name");
            if (!column.Accepts(found.Type) || found.IsComputed)
            {
                var kind = found.IsComputed ? "computed by PostgreSQL" : $"of type {found.Type}";
                throw Changed(table,
                    $"has a column {column.Name} that is {kind} and not {column.SqlType}",
                    $"Make it a plain column of type {column.SqlType}, and put what you need into a column or view of your own");
            }
        }
        foreach (var (name, column) in Columns)
        {
            if (table.Columns.Any(own => own.Name == name) || !column.IsRequired || column.HasDefault) continue;
            throw Changed(table, $"has a column {name} of others that must not be null and has no default",
                $"Give it a default: alter table sales.{table.Name} alter column {name} set default …, or drop its not null");
        }
    }

    static ActivityFailedException Changed(WarehouseTable table, string what, string remedy) => new(
        "load.table_changed",
            $"sales.{table.Name} {what}, so its rows cannot be loaded. Nothing was changed. {remedy}; then run the month again.",
            isRetryable: false);
}

/// <summary>A column as PostgreSQL's catalog has it.</summary>
/// <param name="Type">Name of its type.</param>
/// <param name="IsRequired">Whether it is not null.</param>
/// <param name="HasDefault">Whether rows that do not give it get a value.</param>
/// <param name="IsComputed">Whether rows cannot give it.</param>
sealed record ShapeColumn(string Type, bool IsRequired, bool HasDefault, bool IsComputed);
