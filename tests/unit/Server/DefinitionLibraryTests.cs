using Orchestrator.Server.Composition;
using Orchestrator.Workflows.Control;

namespace Orchestrator.Tests.Unit.Server;

public sealed class DefinitionLibraryTests
{
    [Theory]
    [InlineData("monthly-sales")]
    [InlineData("a/b")]
    [InlineData("nowhere.json")]
    public void What_is_no_file_may_be_the_id_of_a_workflow(string id) =>
        Assert.Null(new DefinitionLibrary(ControlActivities.NewRegistry(), DefinitionLibrary.ShippedFolder).FindFile(id));
}
