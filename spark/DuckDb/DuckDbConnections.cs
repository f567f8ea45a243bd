using DuckDB.NET.Data;

namespace Orchestrator.Spark.DuckDb;

/// <summary>
/// Opens databases of DuckDB in this process. Every session has the time zone UTC: an instant lies on the same day on every machine.
/// </summary>
static class DuckDbConnections
{
    /// <summary>Opens a database.</summary>
    /// <param name="source">Such as <c>DataSource=:memory:</c>.</param>
    public static DuckDBConnection Open(string source)
    {
#pragma warning disable RS0030 // All others open theirs here.
        var connection = new DuckDBConnection(source);
#pragma warning restore RS0030
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "set TimeZone = 'UTC'";
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
