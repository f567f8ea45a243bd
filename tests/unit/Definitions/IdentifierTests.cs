using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class IdentifierTests
{
    static IEnumerable<string> Problems(string activity, string definition = "test")
    {
        var document = JsonNode.Parse(Chart.Workflow(new JsonObject { ["id"] = activity, ["type"] = "Elsa.WriteLine" }))!;
        document["definitionId"] = definition;
        return DefinitionValidator.Validate(document.ToJsonString(), ControlActivities.NewRegistry()).Select(problem =>
            $"{problem.Path} {problem.Code}");
    }

    [Theory]
    [InlineData("/x/victim")]
    [InlineData("a\\b")]
    [InlineData("..")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    public void An_id_that_could_lead_elsewhere_is_a_problem(string id) => Assert.Equal(["$.root.id definition.bad_id"], Problems(id));

    [Fact]
    public void So_is_one_that_is_too_long() => Assert.Equal(["$.root.id definition.bad_id"], Problems(new string('x', 201)));

    [Theory]
    [InlineData("Verkäufe laden 1")]
    [InlineData("a.b-c_d")]
    [InlineData("...")]
    public void Other_ids_are_fine(string id) => Assert.Empty(Problems(id));

    [Theory]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("....")]
    public void The_id_of_a_definition_is_not_made_of_dots(string id) => Assert.Equal(["$.definitionId definition.bad_id"], Problems("A",
        id));

    [Fact]
    public void The_id_of_a_definition_has_no_control_characters() =>
        Assert.Equal(["$.definitionId definition.bad_id"], Problems("A", "bad\0id"));
}
