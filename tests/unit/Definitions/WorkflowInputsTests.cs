using System.Text.Json;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

/// <summary>What a run starts with: one rule for whoever starts it.</summary>
public sealed class WorkflowInputsTests
{
    static readonly WorkflowDefinition Orders = WorkflowDefinition.Parse("""
        {"definitionId":"orders","root":{"id":"a","type":"Elsa.WriteLine"},"inputs":[
          {"name":"Rows","type":"Int32","isRequired":true,"description":"How many."},{"name":"Shops","type":"String","isArray":true,"defaultValue":"[\"north\"]"},
          {"name":"Day","type":"DateOnly"}]}
        """, ControlActivities.NewRegistry());

    [Theory]
    [InlineData("""{"ROWS":5}""", """Rows=5 Shops=["north"]""")]
    [InlineData("""{"rows":"5","shops":["a","b"],"day":"2026-10-31"}""", """Day=2026-10-31 Rows=5 Shops=["a","b"]""")]
    [InlineData("""{"rows":5,"day":null}""", """Day= Rows=5 Shops=["north"]""")]
    public void Values_that_are_given_are_named_as_declared_and_the_others_have_their_defaults(string given, string expected) =>
        Assert.Equal(expected, string.Join(' ', Orders.CompleteInputs(Read(given)).OrderBy(input => input.Key, StringComparer.Ordinal).Select(input => $"{input.Key}={input.Value}")));

    [Theory]
    [InlineData("""{}""", "Workflow 'orders' needs the input 'Rows'. How many.")]
    [InlineData("""{"rows":null}""", "Workflow 'orders' needs the input 'Rows'. How many.")]
    [InlineData("""{"rows":true,"day":"tomorrow"}""", "Input 'Rows' (Int32): true cannot be converted to Int32. Give a whole number that fits Int32. "
        + "Input 'Day' (DateOnly): \"tomorrow\" cannot be converted to DateOnly. Give a day such as 2026-10-31.")]
    [InlineData("""{"row":5}""", "Workflow 'orders' has no input 'row'. It takes Rows (Int32), Shops (String), Day (DateOnly).")]
    [InlineData("""{"rows":5,"Rows":5}""", "Input 'Rows' is given twice. Give it once.")]
    public void All_that_is_wrong_is_said_at_once(string given, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidInputsException>(() => Orders.CompleteInputs(Read(given))).Message);

    [Fact]
    public void A_default_that_does_not_fit_is_refused_like_a_value()
    {
        var broken = WorkflowDefinition.Parse(Orders.ToJson().Replace("[\\u0022north\\u0022]", "north", StringComparison.Ordinal).Replace("[\\\"north\\\"]", "north", StringComparison.Ordinal), ControlActivities.NewRegistry());
        Assert.StartsWith("The default of input 'Shops' (String): \"north\" cannot be converted to a list of String.",
            Assert.Throws<InvalidInputsException>(() => broken.CompleteInputs(Read("""{"rows":5}"""))).Message, StringComparison.Ordinal);
        Assert.Equal(2, broken.CompleteInputs(Read("""{"rows":5,"shops":["a"]}""")).Count);
    }

    [Fact]
    public void What_an_earlier_run_had_is_taken_as_it_was_and_a_child_gets_undeclared_values_too()
    {
        Assert.Equal(["more=1", "rows=many", "Shops=a"], Texts(Orders.CompleteInputs(Read("""{"shops":"[\"x\"]"}"""), Read("""{"rows":"many","more":1}"""))).Select(text => text.StartsWith("Shops", StringComparison.Ordinal) ? "Shops=a" : text));
        Assert.Equal(["ParentInstanceId=x", "Rows=5", """Shops=["north"]"""], Texts(Orders.CompleteInputs(Read("""{"rows":5,"ParentInstanceId":"x"}"""), keepsOthers: true)));
    }

    static IEnumerable<string> Texts(IReadOnlyDictionary<string, JsonElement> inputs) => inputs.Select(input => $"{input.Key}={input.Value}").Order(StringComparer.OrdinalIgnoreCase);

    static Dictionary<string, JsonElement> Read(string json) => JsonElement.Parse(json).EnumerateObject().ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);
}
