namespace Orchestrator.Tests.Containers;

/// <summary>What these tests need: an engine with the images of <c>docker-compose.yml</c>, which <c>.ci/containers</c> makes.</summary>
static class ContainerEngine
{
    public const string Docker = "/usr/bin/docker", ServerImage = "orchestrator/server:0.1", PostgresImage = "postgres:18.4-bookworm";

    /// <summary>Ends the test as skipped where it was not started by <c>.ci/containers</c>.</summary>
    public static void Require() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable("ORCHESTRATOR_CONTAINERS") == "true", "Containers are tested by .ci/containers, which starts an engine and makes the images.");
}
