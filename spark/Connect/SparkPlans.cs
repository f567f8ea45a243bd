using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Orchestrator.Spark.Connect.Protocol;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark.Connect;

/// <summary>Queries and commands as Spark takes them.</summary>
static class SparkPlans
{
    const int DaysTo1970 = 719_162;

    /// <summary>A query with its values.</summary>
    /// <exception cref="SqlEngineException"><c>sql.missing_parameter</c>: it uses one that it was not given.</exception>
    public static Relation Query(string sql, IReadOnlyDictionary<string, object?> parameters)
    {
        var query = new SQL { Query = sql };
        foreach (var name in NamedParameters.In(sql).UsedOf(parameters))
            query.NamedArguments.Add(name, new Expression { Literal = Literal(parameters[name]) });
        return new() { Sql = query };
    }

    /// <summary>Parquet files.</summary>
    /// <param name="columns">Their columns; none = as the files say, which costs a look into one.</param>
    public static Relation Files(IEnumerable<Uri> files, IReadOnlyList<SqlColumn> columns)
    {
        // A path names one file, whatever characters it has: Spark takes it for a pattern unless it is told not to.
        var source = new Read.Types.DataSource
        {
            Format = "parquet", Paths = { files.Select(PathOf) },
            Options = { ["__globPaths__"] = "false" }
        };
        if (columns.Count > 0) source.Schema =
            string.Join(", ", columns.Select(
            column => $"`{column.Name.Replace("`", "``", StringComparison.Ordinal)}` {TypeOf(column.Type)}"));
        return new() { Read = new() { DataSource = source } };
    }

    /// <summary>A query that gives columns but no rows.</summary>
    public static string Nothing(IEnumerable<SqlColumn> columns) =>
        $"select {string.Join(", ", columns.Select(column => $"cast(null as {TypeOf(column.Type)}) as `{column.Name}`"))} where 1 = 0";

    /// <summary>A query with the rows that it names. The server knows a name while it reads the query's text, and others ask it in the same
    /// session: so the names are made this query's own.</summary>
    /// <param name="suffix">Letters and digits that no other query has.</param>
    public static Relation Over(Relation query, IReadOnlyCollection<(string Name, Relation Rows)> tables, string suffix)
    {
        if (tables.Count == 0) return query;
        var over = new WithRelations { Root = query.Clone() };
        foreach (var (name, rows) in tables)
        {
            var own = $"{name}_{suffix}";
            over.Root.Sql.Query = over.Root.Sql.Query.Replace(name, own, StringComparison.Ordinal);
            over.References.Add(new Relation { SubqueryAlias = new() { Input = rows, Alias = own } });
        }
        return new() { WithRelations = over };
    }

    /// <summary>Computes rows, and has the server keep them.</summary>
    public static Plan Keep(Relation rows) =>
        new() { Command = new() { CheckpointCommand = new() { Relation = rows, Local = true, Eager = true } } };

    /// <summary>Has the server forget rows that it keeps.</summary>
    public static Plan Forget(CachedRemoteRelation rows) =>
        new() { Command = new() { RemoveCachedRemoteRelationCommand = new() { Relation = rows } } };

    /// <summary>
    /// Name of the figures that a write counts on the way. They are the session's: of two writes at once, each has to know its own.
    /// </summary>
    public static string CountedBy(string operation) => $"orchestrator.written.{operation}";

    /// <summary>Writes rows as Parquet into a folder that is not there yet, and counts them.</summary>
    public static Plan Write(string operation, Relation rows, Uri folder, int rowsPerFile) => new()
    {
        Command = new()
        {
            WriteOperation = new()
            {
                Input = new()
                {
                    CollectMetrics = new()
                    {
                        Input = rows, Name = CountedBy(operation),
                        Metrics = { new Expression { ExpressionString = new() { Expression = "count(1) as rows" } } }
                    }
                },
                Source = "parquet",
                Path = PathOf(folder),
                Mode = WriteOperation.Types.SaveMode.ErrorIfExists,
                Options =
                {
                    { "compression", "zstd" },
                    { "parquet.compression.codec.zstd.level", "1" },
                    // Room for the keys of 50,000 customers. Money has too many values for a dictionary, and building one was most of the
                    // work of encoding.
                    { "parquet.dictionary.page.size", "262144" },
                    { "maxRecordsPerFile", rowsPerFile.ToString(CultureInfo.InvariantCulture) },
                },
            },
        },
    };

    /// <summary>Identifies rows by their query, its values, and the files that it reads.</summary>
    public static string Fingerprint(Relation rows) => Convert.ToHexStringLower(SHA256.HashData(rows.ToByteArray()))[..32];

    static string PathOf(Uri address) => address switch
    {
        { IsFile: true } => $"file:{address.LocalPath}",
        { Scheme: "s3" } => $"s3a:{address.AbsoluteUri[3..]}",
        _ => address.AbsoluteUri,
    };

    static string TypeOf(string type) => type == "text" ? "string" : type;

    static Expression.Types.Literal Literal(object? value) => value switch
    {
        null => new() { Null = new() { Null = new() } },
        bool flag => new() { Boolean = flag },
        int number => new() { Integer = number },
        long number => new() { Long = number },
        double number => new() { Double = number },
        decimal number => new()
        {
            Decimal = new()
            {
                Value = number.ToString(CultureInfo.InvariantCulture), Precision = 28,
                Scale = number.Scale
            }
        },
        string text => new() { String = text },
        DateOnly day => new() { Date = day.DayNumber - DaysTo1970 },
        _ => throw new ArgumentException($"A parameter of type {value.GetType().Name} has no place in SQL.", nameof(value)),
    };
}
