using System.Globalization;

namespace Orchestrator.Activities.Warehouse;

/// <summary>A table of the warehouse and how rows of the object store become its rows.</summary>
/// <param name="Name">Name in the schema <c>sales</c>, which is the name of the asset in the object store too.</param>
/// <param name="Columns">Its columns in order.</param>
/// <param name="Scope">What one partition of it holds.</param>
/// <param name="MoneyColumn">The column whose sum is checked; <see langword="null"/> for none.</param>
/// <param name="UniqueKey">Columns that are unique besides the primary key; empty for none.</param>
public sealed record WarehouseTable(
    string Name, IReadOnlyList<WarehouseColumn> Columns, TableScope Scope, string? MoneyColumn = null,
    IReadOnlyList<string>? UniqueKey = null)
{
    /// <summary>All tables: dimensions, then the fact, then the marts. Locks are taken in this order.</summary>
    public static IReadOnlyList<WarehouseTable> All { get; } =
    [
        Dimension("dim_customer", "customer_key", "customer_id", "segment", "city"),
        Dimension("dim_store", "store_key", "store_id", "region"),
        Dimension("dim_sales_person", "sales_person_key", "sales_person_id", "team"),
        new("dim_date",
            [
                Int("date_key"), Date("date"), Int("year"), Int("quarter"), Int("month"), Int("day"), Int("day_of_week"),
                Bool("is_weekend"),
            ],
            TableScope.Everything, UniqueKey: ["date"]),
        new("fact_sales",
            [
                Int("customer_key"), Int("store_key"), Int("sales_person_key"), Int("date_key"), Exact("price", 4), Int("quantity"),
                Money("total_cost"),
            ],
            TableScope.MonthByDateKey, "total_cost"),
        new("mart_customer_monthly",
            [Date("month"), Text("customer_id"), Money("total_purchase_cost"), BigInt("sales"), Int("rank") with { IsOptional = true }],
            TableScope.MonthByFirstDay, "total_purchase_cost"),
        new("mart_sales_monthly",
            [Date("month"), Text("sales_person_id"), Money("total_sales"), BigInt("sales"), Int("rank") with { IsOptional = true }],
            TableScope.MonthByFirstDay, "total_sales"),
    ];

    /// <summary>The fact.</summary>
    public static WarehouseTable Fact { get; } = All.Single(table => table.Scope is TableScope.MonthByDateKey);

    /// <summary>Whether it has one partition with everything.</summary>
    public bool IsDimension => Scope is TableScope.Everything;

    /// <summary>Asset written by loading it, such as <c>warehouse/fact_sales</c>.</summary>
    public AssetKey Asset => new($"warehouse/{Name}");

    /// <summary>Asset it is loaded from.</summary>
    public AssetKey Source => new(Name);

    /// <summary>Name of the table that holds a partition, such as <c>fact_sales_2026_10</c>.</summary>
    public string LeafOf(Partition month) =>
        IsDimension ? $"{Name}_all" : string.Create(CultureInfo.InvariantCulture, $"{Name}_{month.Start:yyyy_MM}");

    /// <summary>Gives the partition's name in the ledger.</summary>
    public string PartitionNameOf(Partition month) => IsDimension ? "all" : month.ToString();

    /// <summary>Bounds of a partition as <c>attach partition</c> takes them.</summary>
    public string BoundsOf(Partition month) =>
        IsDimension ? "from (minvalue) to (maxvalue)" : $"from ({BoundAt(month.Start)}) to ({BoundAt(month.End)})";

    /// <summary>An expression for the bounds as PostgreSQL writes them, in whatever style the session writes dates.</summary>
    public string BoundTextOf(Partition month) =>
        IsDimension ? "'FOR VALUES FROM (MINVALUE) TO (MAXVALUE)'"
        : Scope is TableScope.MonthByDateKey ? $"'FOR VALUES FROM ({BoundAt(month.Start)}) TO ({BoundAt(month.End)})'"
        : $"format('FOR VALUES FROM (%L) TO (%L)', date {BoundAt(month.Start)}, date {BoundAt(month.End)})";

    /// <summary>A constraint that implies the bounds, so that attaching need not scan; <see langword="null"/> for none.</summary>
    public string? CheckOf(Partition month) =>
        IsDimension ? null : $"{MonthColumn} >= {BoundAt(month.Start)} and {MonthColumn} < {BoundAt(month.End)}";

    /// <summary>The column that tells the month; of no meaning for a dimension.</summary>
    public string MonthColumn => Scope is TableScope.MonthByDateKey ? "date_key" : "month";

    /// <summary>A day as <c>yyyymmdd</c>.</summary>
    public static int DateKeyOf(DateOnly day) => (day.Year * 10000) + (day.Month * 100) + day.Day;

    string BoundAt(DateOnly day) => Scope is TableScope.MonthByDateKey
        ? DateKeyOf(day).ToString(CultureInfo.InvariantCulture)
        : day.ToString("\\'yyyy-MM-dd\\'", CultureInfo.InvariantCulture);

    static WarehouseTable Dimension(string name, string key, string id, params string[] attributes) =>
        new(name,
            [Int(key), Text(id), .. attributes.Select(attribute => Text(attribute) with { IsOptional = true }), Date("valid_from"),
                Date("valid_to"), Bool("is_current")],
            TableScope.Everything, UniqueKey: [id, "valid_from"]);

    static WarehouseColumn Int(string name) => new(name, ColumnKind.Whole, "integer");
    static WarehouseColumn BigInt(string name) => new(name, ColumnKind.BigWhole, "bigint");
    static WarehouseColumn Text(string name) => new(name, ColumnKind.Text, "text");
    static WarehouseColumn Date(string name) => new(name, ColumnKind.Day, "date");
    static WarehouseColumn Bool(string name) => new(name, ColumnKind.Flag, "boolean");
    static WarehouseColumn Money(string name) => Exact(name, 2);
    static WarehouseColumn Exact(string name, int scale) => new(name, ColumnKind.Exact, $"decimal(18,{scale})", scale);
}

/// <summary>The content of one partition of a table.</summary>
public enum TableScope
{
    /// <summary>All rows.</summary>
    Everything = 0,

    /// <summary>A month, told by <c>date_key</c> (yyyymmdd).</summary>
    MonthByDateKey = 1,

    /// <summary>A month, told by its first day in <c>month</c>.</summary>
    MonthByFirstDay = 2,
}

/// <summary>A column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">How its values are encoded.</param>
/// <param name="SqlType">Its type as SQL writes it, the same in DuckDB and PostgreSQL.</param>
/// <param name="Scale">Digits after the point of an exact number; 18 digits in all.</param>
/// <param name="IsOptional">Whether it may be null.</param>
public sealed record WarehouseColumn(string Name, ColumnKind Kind, string SqlType, int Scale = 0, bool IsOptional = false)
{
    /// <summary>Whether a column of PostgreSQL takes the values in their binary form.</summary>
    /// <param name="type">Name of its type in the catalog.</param>
    public bool Accepts(string type) => type == Kind switch
    {
        ColumnKind.Flag => "bool",
        ColumnKind.Whole => "int4",
        ColumnKind.BigWhole => "int8",
        ColumnKind.Day => "date",
        ColumnKind.Exact => "numeric",
        ColumnKind.Text or _ => type is "varchar" ? type : "text",
    };
}

/// <summary>The encoding of a column's values.</summary>
public enum ColumnKind
{
    /// <summary>True or false.</summary>
    Flag = 0,

    /// <summary>Whole number of 4 bytes.</summary>
    Whole = 1,

    /// <summary>Whole number of 8 bytes.</summary>
    BigWhole = 2,

    /// <summary>A day.</summary>
    Day = 3,

    /// <summary>UTF-8 text.</summary>
    Text = 4,

    /// <summary>Exact number with digits after the point.</summary>
    Exact = 5,
}
