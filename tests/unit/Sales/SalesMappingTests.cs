using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Activities.Sales.Import;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Sales;

public sealed class SalesMappingTests
{
    [Theory]
    [InlineData("""{"columns": {"customer_id": "x", "Customer_ID": "y"}}""")]
    [InlineData("""{"columns": {"customer_id": "x", "customer_id": "y"}}""")]
    [InlineData("""{"columns": {}, "Columns": {}}""")]
    [InlineData("""
        {"columns": {"customer_id":"x","store_id":"x","sales_date":"x","quantity":"x","total_cost":"x"}, "csv": {"encoding": "utf-7"}}
        """)]
    public void What_is_wrong_with_a_mapping_is_said(string json)
    {
        var mapping = JsonElement.Parse(json).Deserialize<JsonObject>(JsonSerializerOptions.Web)!;

        var refused = Assert.Throws<ActivityFailedException>(() => SalesMapping.Parse(mapping));

        Assert.Equal("import.invalid_mapping", refused.Code);
    }
}
