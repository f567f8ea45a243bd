using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace Orchestrator.Spark.DuckDb;

/// <summary>A statement of a <see cref="LocalDatabase"/>, or the reading of Parquet files in this process, failed.</summary>
/// <param name="fault">What kind of failure it is.</param>
/// <param name="type">DuckDB's name for it, such as <c>Binder</c>.</param>
/// <param name="message">DuckDB's text, which may quote values.</param>
/// <param name="cause">The driver's exception.</param>
public sealed class LocalDatabaseException(LocalDatabaseFault fault, string type, string message, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>The kind of failure.</summary>
    public LocalDatabaseFault Fault => fault;

    /// <summary>DuckDB's name for it, such as <c>Binder</c>.</summary>
    public string Type => type;

    internal static LocalDatabaseException From(DuckDBException error) =>
        new(FaultOf(error.ErrorType, error.Message), error.ErrorType.ToString(), error.Message, error);

    /// <summary>Turns an error of a native call, which comes as text only.</summary>
    internal static LocalDatabaseException From(string error) => new(
        error.StartsWith("Binder Error", StringComparison.Ordinal) ? LocalDatabaseFault.Columns
        : error.StartsWith("Conversion Error", StringComparison.Ordinal) || error.StartsWith("Out of Range", StringComparison.Ordinal)
            ? LocalDatabaseFault.Value
        : LocalDatabaseFault.Other, error.Split(':')[0], error);

    internal static T Within<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (DuckDBException error)
        {
            throw From(error);
        }
    }

    static LocalDatabaseFault FaultOf(DuckDBErrorType type, string message) =>
        type is DuckDBErrorType.OutOfMemory ? LocalDatabaseFault.OutOfMemory
        : type is DuckDBErrorType.Fatal or DuckDBErrorType.Internal ? LocalDatabaseFault.Engine
        : type is DuckDBErrorType.Io ? LocalDatabaseFault.File
        : message.Contains("is not valid UTF8", StringComparison.OrdinalIgnoreCase)
            || message.Contains("Invalid string encoding", StringComparison.OrdinalIgnoreCase) ? LocalDatabaseFault.Encoding
        : type is DuckDBErrorType.Binder ? LocalDatabaseFault.Columns
        : type is DuckDBErrorType.Conversion or DuckDBErrorType.OutOfRange ? LocalDatabaseFault.Value
        : LocalDatabaseFault.Other;
}

/// <summary>Kinds of failures of a <see cref="LocalDatabase"/>.</summary>
public enum LocalDatabaseFault
{
    /// <summary>Any other failure.</summary>
    Other = 0,

    /// <summary>More memory is needed than the limit.</summary>
    OutOfMemory = 1,

    /// <summary>DuckDB failed inside.</summary>
    Engine = 2,

    /// <summary>A file cannot be read or written.</summary>
    File = 3,

    /// <summary>A text is not UTF-8.</summary>
    Encoding = 4,

    /// <summary>Columns are missing, or their types do not fit the expressions.</summary>
    Columns = 5,

    /// <summary>A value does not fit its type.</summary>
    Value = 6,
}
