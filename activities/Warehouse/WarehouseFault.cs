using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>Explanations of errors of the warehouse's PostgreSQL: what a person can do about them.</summary>
public static class WarehouseFault
{
    /// <summary>Whether a person can do something about it.</summary>
    public static bool IsKnown(PostgresException error) => Find(error, "load") is not null;

    /// <summary>
    /// Translates a known error. Other errors, such as a lost connection, stay what they are and are retried by the runtime.
    /// </summary>
    /// <param name="error">What PostgreSQL said.</param>
    /// <param name="stage">First part of the code: <c>load</c> or <c>tune</c>.</param>
    /// <returns>The failure, with one of the codes <c>disk_full</c>, <c>permission_denied</c>, <c>read_only</c>, <c>schema_missing</c>,
    /// <c>duplicate_key</c>, <c>row_rejected</c>, <c>value_rejected</c>, <c>rule_of_others</c>, <c>foreign_key</c>,
    /// <c>partition_overlaps</c>, <c>object_in_the_way</c>, <c>table_locked</c>.</returns>
    public static ActivityFailedException Explain(PostgresException error, string stage) => Find(error, stage)
        ?? throw new ArgumentException($"Not a known error: {error.SqlState}.", nameof(error));

    /// <summary>Whether the error is about rows or expressions, and would come again with the same rows.</summary>
    internal static bool IsOfRows(PostgresException error) =>
        error.SqlState[..2] is "0A" or "22" or "23" or "38" or "39" or "42" or "54" or "P0";

    /// <summary>A rule that others put on a table, and that rows of the month break.</summary>
    /// <param name="rule">What it is, such as <c>The index dba_quantity on sales.fact_sales</c>.</param>
    internal static ActivityFailedException RuleOfOthers(WarehouseTable table, string rule, PostgresException error) => new(
        "load.rule_of_others",
        $"{rule}, which others made, does not take the rows for sales.{table.Name}: {error.MessageText}. "
        + "Nothing was changed; change or drop it, or correct the rows at their source; then run the month again.", isRetryable: false,
        error);

    /// <summary>A table that the migrations made, and that is not there.</summary>
    internal static ActivityFailedException MissingTable(WarehouseTable table) => new("load.schema_missing",
        $"The warehouse has no table sales.{table.Name}. Nothing was changed; restore it, or the name it had.", isRetryable: false);

    static ActivityFailedException? Find(PostgresException error, string stage)
    {
        const string Then = "Nothing was changed;";
        return error.SqlState switch
        {
            PostgresErrorCodes.DiskFull => Failure("disk_full",
                $"The disk of the warehouse's PostgreSQL is full. {Then} free space, then run the month again."),
            PostgresErrorCodes.InsufficientPrivilege => Failure("permission_denied",
                $"The warehouse's login may not do this: {error.MessageText}. It must own the schema sales; grant it, or give another " +
                "login."),
            PostgresErrorCodes.ReadOnlySqlTransaction => Failure("read_only",
                "The warehouse's PostgreSQL only takes reads. Give the connection string of the primary."),
            PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
                Failure("schema_missing",
                $"The schema sales of the warehouse is not the one this version needs: {error.MessageText}. Start the platform once, " +
                "which brings it up to date. If a table was dropped, restore it from a backup; or drop the schema sales, start the " +
                "platform once and load the months again with a backfill."),
            PostgresErrorCodes.UniqueViolation when IsOwnRule(error) => Failure("duplicate_key",
                $"Rows for sales.{TableOf(error)} have a key twice ({error.ConstraintName}). {Then} build the asset again."),
            PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation when IsOwnRule(error) => Failure("row_rejected",
                $"A row for sales.{TableOf(error)} breaks the rule '{error.ConstraintName ?? error.ColumnName}': "
                + $"it has a null, or lies outside the month. {Then} build the asset again."),
            PostgresErrorCodes.CheckViolation when error.ConstraintName is null => Failure("partition_overlaps",
                $"A partition that others made holds rows of the month: {error.MessageText}. "
                + $"{Then} move its rows of the month elsewhere, or drop it; then run the month again."),
            PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation
                or PostgresErrorCodes.ExclusionViolation => Failure("rule_of_others",
                    $"The rule '{error.ConstraintName ?? error.ColumnName}', which others put on sales.{TableOf(error)}, "
                    + $"does not take a row of the month: {error.MessageText}. "
                    + $"{Then} change or drop it, or correct the rows at their source; then run the month again."),
            PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation => Failure("foreign_key",
                $"The foreign key '{error.ConstraintName}', which others made, does not hold with the rows of the month: " +
                $"{error.MessageText}. "
                + $"{Then} change the rows of sales.{TableOf(error)} or those that refer to them, or drop the key; then run the month " +
                    "again."),
            PostgresErrorCodes.InvalidObjectDefinition => Failure("partition_overlaps",
                $"A partition that others made is in the place of the month: {error.MessageText}. "
                + $"{Then} detach or drop that partition; then run the month again."),
            PostgresErrorCodes.NumericValueOutOfRange or PostgresErrorCodes.CharacterNotInRepertoire
                or PostgresErrorCodes.UntranslatableCharacter
                or PostgresErrorCodes.ProgramLimitExceeded => Failure("value_rejected",
                $"The warehouse rejects a value: {error.MessageText}. {Then} correct it at its source."),
            PostgresErrorCodes.LockNotAvailable => new($"{stage}.table_locked",
                $"Others keep a table of the warehouse locked: {error.MessageText}. "
                + $"{Then} end the long transactions that pg_stat_activity shows, or try later.", isRetryable: true, error),
            PostgresErrorCodes.ObjectNotInPrerequisiteState => InTheWay(),
            _ => error.SqlState[..2] is "0A" or "22" or "2B" or "42" or "P0" ? InTheWay() : null,
        };

        ActivityFailedException InTheWay() => Failure("object_in_the_way",
            $"Something that others put into the warehouse does not let this be done: {error.MessageText}"
            + (error.Where is { } where ? $" ({where.ReplaceLineEndings(" ")}). " : ". ")
            + $"{Then} {error.Hint ?? "change or drop that object, or make it on a view or table of your own."}");

        ActivityFailedException Failure(string reason, string text) => new($"{stage}.{reason}", text, isRetryable: false, error);
    }

    // Rules of the schema and of the load itself; an index of others is named where it is built on staged rows.
    static bool IsOwnRule(PostgresException error)
    {
        var table = WarehouseTable.All.FirstOrDefault(table => table.Name == TableOf(error));
        return error.SqlState switch
        {
            PostgresErrorCodes.UniqueViolation => error.TableName?.StartsWith("staging_", StringComparison.Ordinal) == true
                || error.ConstraintName is { } key && (key.EndsWith("_pkey", StringComparison.Ordinal)
                    || key.EndsWith("_all_key", StringComparison.Ordinal)),
            PostgresErrorCodes.CheckViolation => error.ConstraintName == $"{table?.Name}_of_the_month",
            _ => table?.Columns.Any(column => column.Name == error.ColumnName && !column.IsOptional) != false,
        };
    }

    // A staging table is the table's, and so is a partition: staging_17_fact_sales, fact_sales_2026_10.
    static string TableOf(PostgresException error)
    {
        if (error.TableName is not { } name) return "?";
        if (name.StartsWith("staging_", StringComparison.Ordinal)) return name.Split('_', 3)[2];
        return WarehouseTable.All.FirstOrDefault(table => name.StartsWith($"{table.Name}_", StringComparison.Ordinal))?.Name ?? name;
    }
}
