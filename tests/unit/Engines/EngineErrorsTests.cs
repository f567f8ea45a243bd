using DuckDB.NET.Data;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Tests.Unit.Engines;

public sealed class EngineErrorsTests
{
    [Theory]
    [InlineData("selec 1")]
    [InlineData("select nowhere")]
    [InlineData("select * from nothing")]
    [InlineData("select cast('x' as integer)")]
    [InlineData("select cast('2026-02-30' as date)")]
    [InlineData("select 9223372036854775807 + 1")]
    [InlineData("select no_such_function(1)")]
    [InlineData("select error('no')")]
    public void What_DuckDB_says_of_a_query_it_would_say_again(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts above.
        command.CommandText = sql;
#pragma warning restore CA2100
        var error = Assert.Throws<DuckDBException>(() => command.ExecuteScalar());
        Assert.False(DuckDbErrors.From(error, new()).IsRetryable);
    }

    static SqlEngineException Of(string? errorClass, string? state = null, string[]? types = null, string[]? causes = null) =>
        SparkFaults.OfQuery(new SparkFault(SparkFaultKind.Query, "It failed.")
        {
            ErrorClass = errorClass, SqlState = state, Types = types ?? [], CauseClasses = causes ?? [],
        });

    [Theory]
    [InlineData("PARSE_SYNTAX_ERROR", "42601", null, null)]
    [InlineData("CAST_INVALID_INPUT", "22018", null, null)]
    [InlineData("_LEGACY_ERROR_TEMP_1050", null, "org.apache.spark.sql.AnalysisException", null)]
    [InlineData(null, null, "org.apache.spark.SparkArithmeticException", null)]
    [InlineData("TASK_WRITE_FAILED", "58030", null, "CAST_INVALID_INPUT")]
    [InlineData("FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH", "KD001", null, null)]
    [InlineData("FAILED_READ_FILE.FILE_NOT_EXIST", "KD001", null, null)]
    public void What_Spark_says_of_a_query_it_would_say_again(string? errorClass, string? state, string? type, string? cause)
    {
        var error = Of(errorClass, state, type is null ? null : [type], cause is null ? null : [cause]);
        Assert.Equal(("sql.failed", false), (error.Code, error.IsRetryable));
    }

    [Theory]
    [InlineData("TASK_WRITE_FAILED", "58030", "sql.io_failed")]
    [InlineData("FAILED_READ_FILE.NO_HINT", "KD001", "sql.io_failed")]
    [InlineData("INTERNAL_ERROR", "XX000", "sql.engine_broken")]
    [InlineData("_LEGACY_ERROR_TEMP_2250", null, "sql.engine_broken")]
    [InlineData(null, null, "sql.engine_broken")]
    public void What_failed_around_it_may_pass(string? errorClass, string? state, string code)
    {
        var error = Of(errorClass, state);
        Assert.Equal((code, true), (error.Code, error.IsRetryable));
    }
}
