namespace Orchestrator.Tests.Integration;

public sealed class PlaceholderTests
{
    [Fact]
    public void Runs() => Assert.Equal("2026-10", Orchestrator.Workflows.Assets.Partition.Parse("2026-10").ToString());
}
