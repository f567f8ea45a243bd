using System.Globalization;

namespace Orchestrator.Tests.Integration.Faults;

/// <summary>Alone on the machine, so that leases of a second mean something.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class FaultTests(ITestOutputHelper output)
{
    /// <summary>60 faults; <c>tests/faults --kills 1000</c> sets another number by the environment.</summary>
    [Fact]
    [TestLimit(minutes: 8)]
    public async Task Runs_survive_whatever_happens_to_servers_and_connections()
    {
        if (!OperatingSystem.IsLinux()) RequiredServer.Missing("Signals and /proc are Linux's.");
        using var torment = new FaultRun(Number("ORCHESTRATOR_FAULT_KILLS", 60), Number("ORCHESTRATOR_FAULT_SEED", 2026), output.WriteLine);
        var report = await torment.RunAsync();
        output.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
    }

    static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
