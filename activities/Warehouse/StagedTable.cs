using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Rows of one partition of a table, in PostgreSQL but not yet visible to readers.</summary>
/// <param name="Table">The table they belong to.</param>
/// <param name="Month">The partition; of no meaning for a dimension.</param>
/// <param name="Source">The materialization they were read from.</param>
/// <param name="Name">Name of the staging table in the schema <c>sales</c>.</param>
/// <param name="Copied">What was sent.</param>
/// <param name="Indexes">Its indexes in the schema <c>sales</c>, and the names they get when it is attached.</param>
/// <param name="Shape">What the table was like when the staging table was made like it.</param>
/// <param name="IndexTime">How long its indexes took.</param>
public sealed record StagedTable(
    WarehouseTable Table, Partition Month, Materialization Source, string Name, CopiedRows Copied, IReadOnlyList<StagedIndex> Indexes,
    string Shape, TimeSpan IndexTime)
{
    /// <summary>
    /// Copies the rows, and builds the indexes that the table has, so that attaching them later is short. What an earlier attempt staged of
    /// the same source under the name is taken over.
    /// </summary>
    /// <param name="name">Name for the staging table.</param>
    /// <param name="files">Local Parquet files.</param>
    /// <param name="progress">Told the rows and bytes sent so far.</param>
    /// <exception cref="ActivityFailedException">
    /// <c>load.table_changed</c>, <c>load.rule_of_others</c>: others changed the table so that the rows do not fit it any more.
    /// </exception>
    public static async Task<StagedTable> CreateAsync(
        FencedWarehouse warehouse, WarehouseTable table, Partition month, Materialization source, string name, IReadOnlyList<string> files,
        LoadOptions options, Action<CopiedRows> progress, CancellationToken cancellationToken)
    {
        await using var connection = await warehouse.OpenAsync(cancellationToken);
        await connection.ExecuteAsync(string.Create(CultureInfo.InvariantCulture,
            $"set lock_timeout = '{options.TableLockTimeout.TotalMilliseconds:f0}ms'"), cancellationToken);
        var shape = await TableShape.ReadAsync(connection, table.Name, cancellationToken) ?? throw WarehouseFault.MissingTable(table);
        shape.Check(table);
        var mark = new StagedMark(connection, name, $"{source.Id} {month} {shape.Hash}");
        if (await mark.FindAsync(cancellationToken) is { } copied)
        {
            warehouse.Attempt.Log("Already staged", $"The rows of sales.{table.Name} were copied by an earlier attempt.");
            progress(copied);
        }
        else
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await connection.ExecuteAsync($"drop table if exists sales.{name}", cancellationToken);
            var check = table.CheckOf(month) is { } rule ? $", constraint {table.Name}_of_the_month check ({rule})" : "";
            var place = shape.TableSpace is { } space ? $" tablespace {SqlText.Identifier(space)}" : "";
            // Of what others added, the copy has all that a new partition must have or may have.
            const string Parts = "including all excluding comments excluding identity excluding indexes excluding statistics";
            await connection.ExecuteAsync($"create table sales.{name} (like sales.{table.Name} {Parts}{check}){place}", cancellationToken);
            copied = await new TableCopy(table, options).RunAsync(connection, name, files, progress, cancellationToken);
            await mark.SetAsync(copied, cancellationToken);
            await warehouse.CommitAsync(transaction, cancellationToken);
        }

        warehouse.Attempt.Reached("load.copied");
        var started = Stopwatch.GetTimestamp();
        var indexes = await IndexesAsync(connection, table, month, name, cancellationToken);
        if (indexes.Count > 0)
        {
            using var span = ActivitiesTelemetry.StartIndexes(table.Name);
            await connection.ExecuteAsync($"set maintenance_work_mem = '{options.IndexBuildMemory}'", cancellationToken);
            var built = (await CatalogIndex.ReadAsync(connection, name, cancellationToken))
                .ToDictionary(index => index.Name, index => index.Definition, StringComparer.Ordinal);
            foreach (var index in indexes)
            {
                if (built.GetValueOrDefault(index.Name) is { } definition)
                {
                    if (definition == index.Definition) continue;
                    await connection.ExecuteAsync($"drop index sales.{index.Name}", cancellationToken);
                }
                await BuildAsync(connection, table, index, cancellationToken);
            }
            await connection.ExecuteAsync("reset maintenance_work_mem", cancellationToken);
        }
        return new(table, month, source, name, copied, indexes, shape.Hash, Stopwatch.GetElapsedTime(started));
    }

    static async Task BuildAsync(NpgsqlConnection connection, WarehouseTable table, StagedIndex index, CancellationToken cancellationToken)
    {
        try
        {
            await connection.ExecuteAsync(index.Statement, cancellationToken);
        }
        catch (PostgresException error) when (!index.IsOwn && WarehouseFault.IsOfRows(error))
        {
            throw WarehouseFault.RuleOfOthers(table, $"The index {index.Origin} on sales.{table.Name}", error);
        }
    }

    // Those of the table, which the staging table must have when it is attached; and keys that only hold within a partition.
    static async Task<List<StagedIndex>> IndexesAsync(
        NpgsqlConnection connection, WarehouseTable table, Partition month, string name, CancellationToken cancellationToken)
    {
        var leaf = table.LeafOf(month);
        var indexes = new List<StagedIndex>();
        if (table.UniqueKey is { Count: > 0 } key)
        {
            indexes.Add(new($"{name}_0", $"{leaf}_key", $"{leaf}_key", $"btree ({string.Join(", ", key)})",
                $"create unique index {name}_0 on sales.{name} ({string.Join(", ", key)})", IsOwn: true));
        }
        foreach (var index in await CatalogIndex.ReadAsync(connection, table.Name, cancellationToken))
        {
            var staged = $"{name}_{indexes.Count}";
            var final = index.Name.Contains(table.Name, StringComparison.Ordinal)
                ? index.Name.Replace(table.Name, leaf, StringComparison.Ordinal) : $"{leaf}_{index.Name}";
            var statement = index.Constraint is { } constraint
                ? $"alter table sales.{name} add constraint {staged} {constraint}"
                : $"create {(index.IsUnique ? "unique " : "")}index {staged} on sales.{name} using {index.Definition}";
            if (index.TableSpace is { } space)
                statement = $"set default_tablespace = {SqlText.Identifier(space)}; {statement}; reset default_tablespace";
            indexes.Add(new(staged, Shortened(final), index.Name, index.Definition, statement, IsOwn: index.Name == $"{table.Name}_pkey"));
        }
        return indexes;
    }

    /// <summary>A name within PostgreSQL's 63 bytes: one that is longer ends in a hash of it.</summary>
    static string Shortened(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        if (bytes.Length <= 63) return name;
        var length = 54;
        while ((bytes[length] & 0xC0) == 0x80) length--;
        return $"{Encoding.UTF8.GetString(bytes, 0, length)}_{Convert.ToHexStringLower(SHA256.HashData(bytes))[..8]}";
    }
}

/// <summary>An index of a staging table.</summary>
/// <param name="Name">Its name beside the table.</param>
/// <param name="FinalName">Its name once the table is attached; another one if that is taken.</param>
/// <param name="Origin">Name of the index of the table that it stands for.</param>
/// <param name="Definition">Method, columns and what follows them, as PostgreSQL writes them.</param>
/// <param name="Statement">Builds it.</param>
/// <param name="IsOwn">Whether it is part of the schema, and not of others.</param>
public sealed record StagedIndex(string Name, string FinalName, string Origin, string Definition, string Statement, bool IsOwn);
