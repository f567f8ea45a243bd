using Npgsql;

namespace Orchestrator.Workflows.Storage;

/// <summary>The platform's own PostgreSQL database: journal, projections and asset catalog, in schema <c>orchestrator</c>.</summary>
/// <param name="dataSource">Connections to it.</param>
public sealed class StoreDatabase(NpgsqlDataSource dataSource)
{
    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource => dataSource;

    /// <summary>Connections for a store: statements that recur are prepared once per connection.</summary>
    public static NpgsqlDataSource Connect(string connectionString) =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxAutoPrepare = 64, AutoPrepareMinUsages = 2, ApplicationName = "orchestrator store",
        });
}
