using Npgsql;

namespace Orchestrator.Activities.Warehouse;

/// <summary>
/// The PostgreSQL database that readers of the star schema and the marts query. Its tables are in the schema <c>sales</c>.
/// </summary>
/// <param name="dataSource">Connections to it; the owner of this object disposes it.</param>
public sealed class WarehouseDatabase(NpgsqlDataSource dataSource)
{
    /// <summary>Connections to it.</summary>
    public NpgsqlDataSource DataSource => dataSource;
}
