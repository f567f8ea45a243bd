using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Unit.Activities;

public sealed class WorkflowActivityTests
{
    [Fact]
    public void A_workflow_is_described_by_what_its_definition_says()
    {
        var definition = WorkflowDefinition.Parse("""
            {"definitionId":"load-month","name":"Load month","version":3,"outcomes":["Loaded","Empty"],"options":{"usableAsActivity":true,"activityCategory":"Sales"},
             "inputs":[{"name":"Month","type":"String","isRequired":true}],"outputs":[{"name":"Rows","type":"Int64"}],
             "root":{"id":"root","type":"Elsa.Sequence","activities":[]}}
            """, ControlActivities.NewRegistry());
        Assert.True(definition.IsUsableAsActivity);
        var type = WorkflowActivity.Of(definition);
        Assert.Equal(("LoadMonth", "Load month", "Sales", 3), (type.TypeName, type.DisplayName, type.Category, type.Version));
        Assert.Equal(["Loaded", "Empty"], type.Outcomes);
        Assert.Equal(("Month", "String", true), (type.Inputs[0].Name, type.Inputs[0].TypeName, type.Inputs[0].Metadata.IsRequired));
        Assert.Equal(("Rows", "Int64"), (type.Outputs[0].Name, type.Outputs[0].TypeName));
        Assert.Equal("load-month", type.ConstructionProperties["WorkflowDefinitionId"]);
    }

    [Fact]
    public void An_activity_that_names_a_workflow_is_known_and_one_that_does_not_is_not()
    {
        Assert.Empty(Problems(""","workflowDefinitionId":"load-month","month":{"typeName":"String","expression":{"type":"Literal","value":"2026-10"}}"""));
        Assert.Equal(DefinitionProblemCodes.UnknownActivity, Assert.Single(Problems("")).Code);
    }

    static IReadOnlyList<DefinitionProblem> Problems(string properties) =>
        DefinitionValidator.Validate($$$"""{"definitionId":"a","root":{"id":"A1","type":"LoadMonth"{{{properties}}}}}""", ControlActivities.NewRegistry());
}
