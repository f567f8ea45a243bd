using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Server;

public sealed class PoolNameTests
{
    [Theory]
    [InlineData("spark", true)]
    [InlineData("runs:monthly-sales", true)]
    [InlineData("runs:a/b", true)]
    [InlineData("runs:Verkäufe des Monats", true)]
    [InlineData("runs:a\nb", false)]
    [InlineData("a/b", false)]
    [InlineData("-x", false)]
    [InlineData("", false)]
    public void A_pool_of_runs_is_named_by_any_workflow(string name, bool isName) => Assert.Equal(isName, Pool.IsName(name));
}
