using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Expressions;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Expressions;

/// <summary>What the designer, stock Elsa and people write for an input or a variable.</summary>
public sealed class ReferenceTests
{
    readonly ExpressionScope scope = new()
    {
        Variables =
        [
            new("v1", "Staged", JsonSerializer.SerializeToElement("outer")), new("v2", "v1", JsonSerializer.SerializeToElement("named like an id")),
            new("v3", "{odd}", JsonSerializer.SerializeToElement("odd")),
        ],
        Inputs = new Dictionary<string, JsonElement> { ["Rows"] = JsonSerializer.SerializeToElement(1000), ["{rows}"] = JsonSerializer.SerializeToElement(7) },
    };

    [Theory]
    [InlineData("\"Rows\"", 1000)]
    [InlineData("\"rows\"", 1000)]
    [InlineData("""{"name":"Rows","type":"Int32"}""", 1000)]
    [InlineData("""{"type":"Int32","isArray":false,"name":"Rows","displayName":"Rows","description":"","category":"","uiHint":"single-line","storageDriverType":null}""", 1000)]
    [InlineData("""{"Name":"Rows","Type":"Int32"}""", 1000)]
    [InlineData("""
        "{\"type\":\"Int32\",\"isArray\":false,\"name\":\"Rows\",\"displayName\":\"Rows\",\"description\":\"\",\"category\":\"\",\"uiHint\":\"single-line\",\"storageDriverType\":null}"
        """, 1000)]
    [InlineData("\" {\\\"name\\\":\\\"rows\\\"} \"", 1000)]
    [InlineData("\"{rows}\"", 7)]
    [InlineData("\"\"", null)]
    [InlineData("null", null)]
    [InlineData("7", null)]
    [InlineData("{}", null)]
    [InlineData("\"nowhere\"", null)]
    public void Input_is_found_by_its_name_an_object_or_the_text_of_one(string value, int? expected) =>
        Assert.Equal(expected, new ExpressionEvaluator().Evaluate(new(ExpressionTypes.Input, JsonElement.Parse(value)), typeof(int), scope));

    [Theory]
    [InlineData("\"v1\"", "outer")]
    [InlineData("\"Staged\"", "outer")]
    [InlineData("""{"id":"v1","name":"renamed","typeName":"Object"}""", "outer")]
    [InlineData("""{"name":"Staged"}""", "outer")]
    [InlineData("""{"Id":"v1"}""", "outer")]
    [InlineData("\"{\\\"id\\\":\\\"v1\\\",\\\"name\\\":\\\"Staged\\\",\\\"typeName\\\":\\\"Object\\\",\\\"isArray\\\":false,\\\"value\\\":null}\"", "outer")]
    [InlineData("\"v2\"", "named like an id")]
    [InlineData("\"{odd}\"", "odd")]
    public void Variable_is_found_by_its_id_its_name_an_object_or_the_text_of_one(string value, string expected) =>
        Assert.Equal(expected, new ExpressionEvaluator().Evaluate(new(ExpressionTypes.Variable, JsonElement.Parse(value)), typeof(string), scope));

    [Theory]
    [InlineData("""{"id":"v9","name":"Staged"}""", "There is no variable with id 'v9' here. Declare it in the workflow or choose another one.")]
    [InlineData("\"{\\\"id\\\":\\\"v9\\\",\\\"name\\\":\\\"Staged\\\"}\"", "There is no variable with id 'v9' here. Declare it in the workflow or choose another one.")]
    [InlineData("\"staged\"", "There is no variable with id 'staged' here. Declare it in the workflow or choose another one.")]
    [InlineData("7", "There is no variable with id '' here. Declare it in the workflow or choose another one.")]
    public void Variable_that_is_not_there_fails_even_if_another_has_its_name(string value, string message) => Assert.Equal(message,
        Assert.Throws<ActivityFailedException>(() => new ExpressionEvaluator().Evaluate(new(ExpressionTypes.Variable, JsonElement.Parse(value)), typeof(string), scope)).Message);

    [Theory]
    [InlineData("""{"id":"v1","name":"Total","typeName":"Int32"}""")]
    [InlineData("\"v1\"")]
    [InlineData("\"Total\"")]
    [InlineData("\"{\\\"id\\\":\\\"v1\\\",\\\"name\\\":\\\"Total\\\"}\"")]
    public void Variable_is_assigned_however_it_is_named(string variable)
    {
        var set = new JsonObject { ["id"] = "Set1", ["type"] = "Elsa.SetVariable", ["variable"] = JsonNode.Parse(variable), ["value"] = Chart.Input("Object", "Literal", "42") };
        var run = new SimulatedRun(Chart.Workflow(set, [new JsonObject { ["id"] = "v1", ["name"] = "Total", ["typeName"] = "Int32" }])).Advance();
        Assert.Equal((RunStatus.Succeeded, 42), (run.State.Status, run.State.Variables["v1"].GetInt32()));
    }
}
