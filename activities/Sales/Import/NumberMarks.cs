using System.Data.Common;
using System.Globalization;
using System.Text.Json.Nodes;
using Orchestrator.Spark.DuckDb;
using static Orchestrator.Spark.DuckDb.SqlText;

namespace Orchestrator.Activities.Sales.Import;

/// <summary>
/// Decides how the numbers of each text column are written before any of them is read: <c>1.000</c> is 1 or 1000. Looks at all values of
/// the column, and takes a decimal mark only if each file has a value that can be read in no other way, or no value that can be read in
/// two.
/// </summary>
sealed class NumberMarks(LocalDatabase database, SourceTable source)
{
    // Each reading takes copies of what it reads, so readings inside each other multiply.
    const int MostReadings = 8;

    const string Point = "number_with_point", Comma = "number_with_comma", WholeId = "whole_id";

    static readonly string[] Amounts = ["quantity", "total_cost", "price"];

    static readonly string[] Numeric =
    [
        "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
        "FLOAT", "DOUBLE", "DECIMAL",
    ];

    // The rows of the checked mapping: no text of theirs takes too much memory.
    string bounded = SourceTable.View;

    // Between thousands there may also be these; some spaces do not break.
    const string Apostrophes = "'’", Spaces = " \u00A0\u202F\u2009", Other = Apostrophes + Spaces;

    /// <summary>Makes the functions that read numbers; <c>number</c> is for mappings.</summary>
    public void DefineFunctions()
    {
        database.Execute("create macro plain_number(value) as trim(cast(value as text))");
        database.Execute("create macro number(value) as cast(plain_number(value) as decimal(18, 6))");
        database.Execute($"create macro {Point}(value) as {Canonical('.')}");
        database.Execute($"create macro {Comma}(value) as {Canonical(',')}");
        database.Execute($"create macro {WholeId}(value) as regexp_replace(trim(value), '^([0-9]{{1,15}})[.]0$', '\\1')");
    }

    /// <summary>Makes a checked mapping say how the numbers that it reads are written.</summary>
    /// <exception cref="ActivityFailedException"><c>import.ambiguous_numbers</c>.</exception>
    public CheckedMapping Apply(CheckedMapping mapping)
    {
        bounded = $"({mapping.Source}) as bounded";
        var trees = mapping.Columns.ToDictionary(column => column.Key, column => ExpressionTree.Parse(database, column.Value));
        var readings = trees.Where(tree => Amounts.Contains(tree.Key)).SelectMany(tree => Readings(tree.Key, tree.Value)).ToList();
        if (readings.CountBy(reading => reading.Column).FirstOrDefault(column => column.Value > MostReadings) is { Key: { } many })
        {
            throw new ActivityFailedException("import.mapping_refused",
                $"The mapping of '{many}' is refused: it makes numbers of texts in more than {MostReadings - 1} places. Read each " +
                "column once.", isRetryable: false);
        }
        var ids = trees.Where(tree => !Amounts.Contains(tree.Key) && tree.Key != "sales_date")
            .SelectMany(tree => tree.Value?.Nodes("COLUMN_REF")
                .Select(node => new Reading(tree.Key, tree.Value, node, tree.Value.Sql(node))) ?? []).ToList();
        KeepText(readings);
        KeepText(ids);
        var changed = Wrap(readings, DecideAll(readings))
            .Concat(Wrap(ids, ids.Select(id => id.Sql).Distinct().ToDictionary(sql => sql, FormOfId))).ToHashSet();
        return changed.Count == 0 ? mapping : mapping with
        {
            Columns = mapping.Columns.ToDictionary(
                column => column.Key, column => changed.Contains(trees[column.Key]!) ? trees[column.Key]!.Sql() : column.Value),
        };
    }

    // A whole expression, what number() is given, and what is cast to a number; an inner one first.
    static IEnumerable<Reading> Readings(string column, ExpressionTree? tree)
    {
        if (tree is null) yield break;
        foreach (var call in tree.Nodes("FUNCTION").Where(node => (string?)node["function_name"] == "number"))
            if (call["children"]!.AsArray() is [JsonObject argument]) yield return new(column, tree, argument, tree.Sql(argument));
        foreach (var cast in tree.Nodes("CAST").Where(node => Numeric.Contains((string?)node["cast_type"]!["id"])))
            if (cast["child"] is JsonObject child) yield return new(column, tree, child, tree.Sql(child));
        yield return new(column, tree, tree.Root, tree.Sql());
    }

    // Only text can be read in two ways. What does not fit the columns is reported when the mapping is executed.
    void KeepText(List<Reading> readings)
    {
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var sql in readings.Select(reading => reading.Sql).Distinct())
        {
            try
            {
                types[sql] = database.Query($"describe select ({sql}) from {bounded}", row => row.GetString(1))[0];
            }
            catch (LocalDatabaseException)
            {
                types[sql] = "";
            }
        }
        readings.RemoveAll(reading => types[reading.Sql] != "VARCHAR");
    }

    static IEnumerable<ExpressionTree> Wrap(List<Reading> readings, Dictionary<string, string?> functions)
    {
        foreach (var reading in readings)
        {
            if (functions[reading.Sql] is not { } function) continue;
            reading.Tree.Wrap(reading.Node, function);
            yield return reading.Tree;
        }
    }

    Dictionary<string, string?> DecideAll(List<Reading> readings)
    {
        var expressions = readings.DistinctBy(reading => reading.Sql).ToList();
        if (Stated() == ',') return expressions.ToDictionary(reading => reading.Sql, _ => (string?)Comma);
        var plain = ArePlain(expressions);
        return expressions.Select((reading, i) => (reading.Sql, Function: plain[i] ? null : Stated() == '.' ? Point : Decide(reading)))
            .ToDictionary(row => row.Sql, row => row.Function);
    }

    char? Stated() => source.Format.Decimal ?? source.Format.Thousands switch { "." => ',', "," => '.', _ => null };

    // Quick, since nearly all columns are: every value is a number as DuckDB writes it, and a point is a decimal one by some value of each
    // file.
    bool[] ArePlain(List<Reading> expressions)
    {
        if (expressions.Count == 0) return [];
        var values = string.Join(", ", expressions.Select(
            (reading, i) => string.Create(CultureInfo.InvariantCulture, $"nullif(trim(try(({reading.Sql}))), '') as v{i}")));
        var isDecimal = Stated() == '.' || source.Format.Thousands == "" ? "true" : "false";
        var tests = string.Join(", ", expressions.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"""
            count(*) filter (v{i} is not null and try_cast(v{i} as double) is null) = 0
            and ({isDecimal} or count(*) filter (contains(v{i}, '.')) = 0
              or count(*) filter (contains(v{i}, '.') and v{i}[-4:-4] <> '.') > 0)
            """)));
        var files = database.Query($"select {tests} from (select {source.File} as file, {values} from {bounded}) group by file",
            row => expressions.Select((_, i) => row.GetBoolean(i)).ToArray());
        return [.. expressions.Select((_, i) => files.TrueForAll(file => file[i]))];
    }

    string Decide(Reading reading)
    {
        var found = database.Query($"""
            select file, count(*) filter (p and not c), count(*) filter (c and not p), count(*) filter (p and c and differs),
              arg_min(v, line) filter (p and not c), min(line) filter (p and not c),
              arg_min(v, line) filter (c and not p), min(line) filter (c and not p),
              arg_min(v, line) filter (p and c and differs), min(line) filter (p and c and differs)
            from (select file, line, v, regexp_full_match(v, {Literal(Pattern('.'))}) as p,
                    regexp_full_match(v, {Literal(Pattern(','))}) as c, contains(v, '.') or contains(v, ',') as differs
                  from (select {source.File} as file, {source.Line} as line, trim(try(({reading.Sql}))) as v from {bounded}))
            group by file order by file
            """, row => new Evidence(row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), At(row, 4), At(row, 6), At(row, 8)));
        var (point, comma) = (found.Find(file => file.Points > 0)?.Point, found.Find(file => file.Commas > 0)?.Comma);
        if (point is not null && comma is not null)
        {
            throw Refuse(
                reading, $"contradict each other: {point} has a decimal point, {comma} a decimal comma", "others go to quarantine");
        }
        if (found.Find(file => file.Both > 0 && file.Points + file.Commas == 0) is { Either: { } both }) throw Refuse(reading,
            $"can be read in two ways: {both} is {Read(both.Text, ',')} with a decimal point, but {Read(both.Text, '.')} with a decimal " +
            "comma, and no value of the file says which", "");
        return comma is null ? Point : Comma;

        Place? At(DbDataReader row, int column) => row.IsDBNull(column) ? null
            : new(row.GetString(column),
                string.Create(CultureInfo.InvariantCulture, $"{source.Files.NameOf(row.GetInt32(0))}:{row.GetInt64(column + 1)}"));
    }

    static string Read(string value, char thousands) => value.Replace(thousands.ToString(), "", StringComparison.Ordinal).Replace(',', '.');

    static ActivityFailedException Refuse(Reading reading, string what, string rest) => new("import.ambiguous_numbers",
        $"The numbers of {reading.Column} {what}. State the mark in the mapping: \"csv\": {{\"decimal\": \".\"}} or \"csv\": " +
        $"{{\"decimal\": \",\"}}" +
        $"{(rest.Length > 0 ? $"; {rest}" : "")}.", isRetryable: false);

    // Ids of a column that has passed through floating point: all are whole numbers, and some are written with a fraction of 0.
    string? FormOfId(string sql) =>
        Count($"ends_with(rtrim({sql}), '.0')") > 0
            && Count($"trim({sql}) <> '' and not regexp_full_match(trim({sql}), '[0-9]+([.]0)?')") == 0 ? WholeId : null;

    long Count(string condition) => database.Query($"select count(*) from {bounded} where {condition}", row => row.GetInt64(0))[0];

    string Canonical(char mark)
    {
        var thousands = $"[{(mark == '.' ? "," : ".")}{Other}]";
        var plain = $"regexp_replace(trim(value), {Literal(thousands)}, '', 'g')";
        var canonical = mark == ',' ? $"replace({plain}, ',', '.')" : plain;
        return $"case when regexp_full_match(trim(value), {Literal(Pattern(mark))}) then {canonical} end";
    }

    // RE2 has no way to say that all marks between thousands are the same one, so each has a branch.
    string Pattern(char mark)
    {
        var marks = source.Format.Thousands switch
        {
            null => (mark == '.' ? "," : ".") + Other,
            " " => Spaces,
            "'" => Apostrophes,
            var stated => stated,
        };
        var groups = string.Join('|', marks.Where(c => c != mark).Select(c => $"[{c}][0-9]{{3}}([{c}][0-9]{{3}})*"));
        var grouped = groups.Length == 0 ? "" : $"|[1-9][0-9]{{0,2}}({groups})([{mark}][0-9]*)?";
        return $"[-+]?([0-9]+([{mark}][0-9]*)?([eE][-+]?[0-9]+)?|[{mark}][0-9]+{grouped})";
    }

    /// <summary>A part of a mapping whose text is read as a number.</summary>
    sealed record Reading(string Column, ExpressionTree Tree, JsonObject Node, string Sql);

    /// <summary>A value and where it stands.</summary>
    sealed record Place(string Text, string At)
    {
        public override string ToString() => $"'{Text}' ({At})";
    }

    /// <summary>
    /// The values of a file: how many have a decimal point, how many a comma, how many can be read with both; and the first ones.
    /// </summary>
    sealed record Evidence(long Points, long Commas, long Both, Place? Point, Place? Comma, Place? Either);
}
