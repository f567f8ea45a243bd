using System.Text.Json;
using Orchestrator.Activities.Tuning;

namespace Orchestrator.Tests.Unit.Tuning;

public sealed class ScanNeedTests
{
    const string JoinedByKey = """
        {"Node Type":"Aggregate","Actual Rows":31,"Actual Loops":1,"Shared Hit Blocks":8400,"Shared Read Blocks":9,"Output":["f.date_key","sum(f.total_cost)"],"Group Key":["f.date_key"],"Plans":[
          {"Node Type":"Hash Join","Actual Rows":2000,"Actual Loops":1,"Shared Hit Blocks":8400,"Shared Read Blocks":9,"Hash Cond":"(f.store_key = s.store_key)","Output":["f.date_key","f.total_cost"],"Plans":[
            {"Node Type":"Append","Actual Rows":1000000,"Actual Loops":1,"Shared Hit Blocks":8390,"Shared Read Blocks":9,"Plans":[
              {"Node Type":"Seq Scan","Relation Name":"fact_sales_2026_10","Alias":"f_1","Actual Rows":1000000,"Actual Loops":1,"Shared Hit Blocks":8390,"Shared Read Blocks":9,
               "Output":["f_1.customer_key","f_1.store_key","f_1.date_key","f_1.total_cost"],"Filter":"((f_1.date_key >= 20261001) AND (f_1.date_key < 20261101))"}]},
            {"Node Type":"Seq Scan","Relation Name":"dim_store_all","Alias":"s","Actual Rows":1,"Actual Loops":1,"Shared Hit Blocks":1,"Output":["s.store_key"],"Filter":"((s.store_id)::text = 'S AND (1'::text)"}]}]}
        """;

    static readonly Dictionary<string, string> Tables = new() { ["fact_sales_2026_10"] = "fact_sales", ["dim_store_all"] = "dim_store" };

    [Fact]
    public void Join_range_and_grouping_are_read_from_the_plan()
    {
        var needs = ScanNeed.Of("store_by_day", PlanNode.Parse(JsonDocument.Parse(JoinedByKey).RootElement), Tables);

        var fact = Assert.Single(needs, need => need.Table == "fact_sales");
        Assert.Equal(8_399, fact.Buffers);
        Assert.Equal(new EqualTo(null, 1), Assert.Single(fact.Equal, equal => equal.Key == "store_key").Value);
        Assert.Equal("t.date_key >= 20261001 and t.date_key < 20261101", fact.Ranges["date_key"]);
        Assert.Equal(["date_key"], fact.Order);
        Assert.Equal(["date_key", "store_key", "total_cost"], fact.Columns);
        var store = Assert.Single(needs, need => need.Table == "dim_store");
        Assert.Equal("(t.store_id)::text = 'S AND (1'::text", store.Equal["store_id"].Condition);
    }

    [Fact]
    public void Candidates_have_equal_columns_first_then_the_range_else_the_order()
    {
        var need = new ScanNeed("q", "fact_sales", ["fact_sales_2026_10"], 8_000, new Dictionary<string, EqualTo> { ["a"] = new(null, 1), ["b"] = new(null, 1) },
            new Dictionary<string, string> { ["r"] = "t.r > 1" }, ["o"], null, new HashSet<string> { "a", "b", "r", "o", "x" });

        var candidates = IndexCandidate.For(need, new Dictionary<string, double> { ["a"] = 0.1, ["b"] = 0.01, ["r"] = 0.2 }).Select(index => index.Name).ToList();

        Assert.Equal("ix_fact_sales_b_a_r", candidates[0]);
        Assert.Equal("ix_fact_sales_b_a_r_with_o_x", candidates[1]);
        Assert.Equal("ix_fact_sales_b_a", candidates[2]);
        Assert.Equal("ix_fact_sales_b_o", IndexCandidate.For(need, new Dictionary<string, double> { ["b"] = 0.01 }).First().Name);
        Assert.Empty(IndexCandidate.For(need, new Dictionary<string, double>()));
    }

    [Fact]
    public void Names_fit_PostgreSQL_and_differ_where_columns_do()
    {
        var names = new[] { "customer_key", "sales_person_key" }.Select(column => new IndexCandidate("mart_customer_monthly", ["customer_id", "total_purchase_cost"], [column]).Name).ToList();

        Assert.All(names, name => Assert.InRange(name.Length, 1, 54));
        Assert.NotEqual(names[0], names[1]);
    }
}
