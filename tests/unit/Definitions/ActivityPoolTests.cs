using System.Text.Json.Nodes;
using Orchestrator.Activities.Star;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class ActivityPoolTests
{
    static readonly ActivityRegistry Registry = ControlActivities.NewRegistry().Add<BuildMart>();

    static string Document(JsonNode? pool) => Chart.Workflow(new JsonObject
    {
        ["id"] = "BuildMart1", ["type"] = "Orchestrator.BuildMart", ["customProperties"] = new JsonObject { ["pool"] = pool },
    });

    [Theory]
    [InlineData(null, "spark")]
    [InlineData("licences", "licences")]
    [InlineData("", null)]
    public void The_definition_names_another_pool_than_the_type_or_none(string? given, string? pool) =>
        Assert.Equal(pool, WorkflowDefinition.Parse(Document(given), Registry).Root.Pool);

    [Theory]
    [InlineData("runs")]
    [InlineData("runs:test")]
    [InlineData("no pool")]
    public void A_name_that_no_pool_of_activities_can_have_is_a_problem_and_never_taken(string given)
    {
        Assert.Contains(DefinitionValidator.Validate(Document(given), Registry), problem => problem.Code == "activity.bad_pool");
        Assert.Null(WorkflowDefinition.Parse(Document(given), Registry).Root.Pool);
    }

    [Theory]
    [InlineData("spark", true)]
    [InlineData("runs:monthly-sales", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData(" spark", false)]
    [InlineData("spark\n", false)]
    public void Names_of_pools_are_short_and_plain(string name, bool isName) => Assert.Equal(isName, Pool.IsName(name));
}
