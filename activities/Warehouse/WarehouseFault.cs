using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>What a person can do about an error of the warehouse's PostgreSQL.</summary>
public static class WarehouseFault
{
    /// <summary>Whether a person can do something about it.</summary>
    public static bool IsKnown(PostgresException error) => Find(error, "load") is not null;

    /// <summary>Says a known error in our words. Other errors, such as a lost connection, stay what they are and are retried by the runtime.</summary>
    /// <param name="error">What PostgreSQL said.</param>
    /// <param name="stage">First part of the code: <c>load</c> or <c>tune</c>.</param>
    /// <returns>The failure, with one of the codes <c>disk_full</c>, <c>permission_denied</c>, <c>read_only</c>,
    /// <c>schema_missing</c>, <c>duplicate_key</c>, <c>row_rejected</c>, <c>value_rejected</c>.</returns>
    public static ActivityFailedException Explain(PostgresException error, string stage) => Find(error, stage)
        ?? throw new ArgumentException($"Not a known error: {error.SqlState}.", nameof(error));

    static ActivityFailedException? Find(PostgresException error, string stage)
    {
        return error.SqlState switch
        {
            PostgresErrorCodes.DiskFull => Failure("disk_full",
                "The disk of the warehouse's PostgreSQL is full. Nothing was changed; free space, then run the month again."),
            PostgresErrorCodes.InsufficientPrivilege => Failure("permission_denied",
                $"The warehouse's login may not do this: {error.MessageText}. It must own the schema sales; grant it, or give another login."),
            PostgresErrorCodes.ReadOnlySqlTransaction => Failure("read_only",
                "The warehouse's PostgreSQL only takes reads. Give the connection string of the primary."),
            PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName => Failure("schema_missing",
                $"The schema sales of the warehouse is not the one this version needs: {error.MessageText}. Start the platform once, which brings it up to date."),
            PostgresErrorCodes.UniqueViolation => Failure("duplicate_key",
                $"Rows for sales.{TableOf(error)} have a key twice ({error.ConstraintName}). Nothing was changed; build the asset again."),
            PostgresErrorCodes.NotNullViolation or PostgresErrorCodes.CheckViolation => Failure("row_rejected",
                $"A row for sales.{TableOf(error)} breaks the rule '{error.ConstraintName ?? error.ColumnName}': it has a null, or lies outside the month. Nothing was changed; build the asset again."),
            PostgresErrorCodes.NumericValueOutOfRange or PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter => Failure("value_rejected",
                $"The warehouse rejects a value: {error.MessageText}. Nothing was changed; correct it at its source."),
            _ => null,
        };

        ActivityFailedException Failure(string reason, string text) => new($"{stage}.{reason}", text, isRetryable: false, error);
    }

    // A staging table is the table's: staging_17_fact_sales.
    static string TableOf(PostgresException error) =>
        error.TableName is { } name && name.StartsWith("staging_", StringComparison.Ordinal) ? name.Split('_', 3)[2] : error.TableName ?? "?";
}
