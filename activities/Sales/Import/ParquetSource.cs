using System.Globalization;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Parquet;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Gives the rows of Parquet files as those of a source. Files of one schema are read together. Where the types of a column differ, or an
/// id is not kept as a whole number or text, values are converted so that none is rounded: a common type would be floating point.
/// </summary>
sealed class ParquetSource(LocalDatabase database, SourceTable source)
{
    /// <summary>
    /// Stands before an id that has passed through floating point and may have been rounded there; no text of a source begins an id so.
    /// </summary>
    public const char Inexact = '≈';

    static readonly string[] Whole =
        ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"];

    static readonly string[] Floating = ["FLOAT", "DOUBLE"];

    // Columns that DuckDB adds to those of a file; a column of the file hides them.
    static readonly string[] Added = ["file_row_number", "file_index"];

    readonly Dictionary<string, HashSet<string>> types = new(StringComparer.OrdinalIgnoreCase);
    readonly List<Schema> schemas = [];
    readonly Dictionary<string, string?[]> inPath = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the files' footers and creates the view.</summary>
    public void Load()
    {
        for (var file = 0; file < source.Files.Paths.Count; file++) Add(file);
        ReadPaths();
        List<string> columns = [.. schemas.SelectMany(schema => schema.Columns).Select(column => column.Name)
            .Distinct(StringComparer.OrdinalIgnoreCase)];
        source.Define([.. columns, .. inPath.Keys]);
        source.CreateView(string.Join("\nunion all by name\n", schemas.Select(Branch)));
    }

    void Add(int file)
    {
        var path = source.Files.Paths[file];
        try
        {
            source.Count(database.Query(ParquetSql.RowCount(path), row => row.GetInt64(0))[0]);
            var columns = database.Query(ParquetSql.Columns(path), row => new Column(row.GetString(0), row.GetString(1)));
            columns.RemoveAll(column => column.Name.Contains('\0', StringComparison.Ordinal));
            // A column that hides what DuckDB adds has rows counted in another way, a file at a time.
            var isAlone = columns.Exists(column => Added.Contains(column.Name, StringComparer.OrdinalIgnoreCase));
            var schema = isAlone ? null : schemas.Find(known => !known.IsAlone && known.Columns.SequenceEqual(columns));
            if (schema is null) schemas.Add(schema = new(columns, isAlone, []));
            schema.Files.Add(file);
            foreach (var column in columns)
                (types.TryGetValue(column.Name, out var known) ? known : types[column.Name] = []).Add(column.Type);
        }
        catch (LocalDatabaseException e)
        {
            throw new ActivityFailedException("import.unreadable_file",
                $"The file '{path}' is no whole Parquet file: its end, which says what is in it, is missing or damaged. It was probably " +
                "cut off; get it again.",
                isRetryable: false, e);
        }
    }

    // Values that only the names of folders have, such as sales_date=2026-10-01; a column of any file is more than those.
    void ReadPaths()
    {
        for (var file = 0; file < source.Files.Paths.Count; file++)
        {
            foreach (var part in Path.GetDirectoryName(source.Files.Paths[file])!.Split('/', '\\'))
            {
                if (part.IndexOf('=', StringComparison.Ordinal) is not (var end and > 0) || types.ContainsKey(part[..end])) continue;
                var values = inPath.TryGetValue(part[..end], out var known)
                    ? known : inPath[part[..end]] = new string?[source.Files.Paths.Count];
                values[file] = part[(end + 1)..] is not "__HIVE_DEFAULT_PARTITION__" and var value ? Uri.UnescapeDataString(value) : null;
            }
        }
    }

    string Branch(Schema schema)
    {
        var paths = schema.Files.Select(file => source.Files.Paths[file]);
        var (file, line) = schema.IsAlone
            ? (Number(schema.Files[0]), "row_number() over ()")
            : (schemas.Count == 1 ? "file_index::int"
                : $"[{string.Join(", ", schema.Files.Select(Number))}][(file_index + 1)::bigint]", "file_row_number + 1");
        var own = schema.Columns.Select(column => $"{Converted(column)} as {Identifier(column.Name)}");
        var named = inPath.Select(column =>
            $"[{string.Join(", ", schema.Files.Select(number => column.Value[number] is { } value ? Literal(value) : "null"))}]" +
            $"[{(schema.IsAlone ? "1" : "(file_index + 1)::bigint")}]::text as {Identifier(column.Key)}");
        return $"select {file} as {source.File}, {line} as {source.Line}, {string.Join(", ", own.Concat(named))} " +
            $"from {ParquetSql.Rows(paths, hasRowNumbers: !schema.IsAlone)}";

        static string Number(int file) => string.Create(CultureInfo.InvariantCulture, $"{file}::int");
    }

    string Converted(Column column)
    {
        var (name, all) = (Identifier(column.Name), types[column.Name]);
        var isId = source.Needed.Ids.Contains(column.Name);
        if (isId && all.Any(type => Floating.Contains(type) || IsFraction(type))) return IdText(name, column.Type);
        // As text the number is what was written; a wider type would show more digits.
        if (all.Count == 1 || all.All(type => IsNumber(type) && !Floating.Contains(type)) || all.All(IsTime)) return name;
        if (all.All(type => Whole.Contains(type) || Floating.Contains(type))) return $"cast(cast({name} as text) as double)";
        var text = $"cast({name} as text)";
        // The exponent says that a point is a decimal one.
        return !isId && (Floating.Contains(column.Type) || IsFraction(column.Type))
            ? $"case when contains({text}, 'e') then {text} else {text} || 'e0' end" : text;
    }

    /// <summary>Writes an id as text: a whole number without decimals, and marked if it may have been rounded.</summary>
    public static string IdText(string name, string type)
    {
        if (IsFraction(type)) return $"case when {name} = trunc({name}) then cast(cast({name} as decimal(38, 0)) as text) else " +
            $"cast({name} as text) end";
        if (!Floating.Contains(type)) return $"cast({name} as text)";
        var exactBelow = type == "FLOAT" ? 1L << 24 : 1L << 53;
        return string.Create(CultureInfo.InvariantCulture, $"""
            case when isnan({name}) then null
                 when abs({name}) >= {exactBelow} then '{Inexact}' || cast({name} as text)
                 when {name} = trunc({name}) then cast(cast({name} as bigint) as text)
                 else cast({name} as text) end
            """);
    }

    static bool IsNumber(string type) =>
        Whole.Contains(type) || Floating.Contains(type) || type.StartsWith("DECIMAL", StringComparison.Ordinal);

    static bool IsFraction(string type) =>
        type.StartsWith("DECIMAL", StringComparison.Ordinal) && !type.EndsWith(",0)", StringComparison.Ordinal);

    static bool IsTime(string type) => type is "DATE" or "TIMESTAMP" or "TIMESTAMP_S" or "TIMESTAMP_MS" or "TIMESTAMP_NS";

    /// <summary>A column of a file.</summary>
    sealed record Column(string Name, string Type);

    /// <summary>The columns that files have in common.</summary>
    /// <param name="IsAlone">Whether each file is read apart.</param>
    sealed record Schema(IReadOnlyList<Column> Columns, bool IsAlone, List<int> Files);
}
