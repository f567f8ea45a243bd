using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Unit.Server;

/// <summary><c>docker-compose.yml</c>, without a container engine.</summary>
public sealed partial class ComposeFileTests
{
    [Fact]
    public void Every_service_has_a_limit_of_memory_and_of_processes()
    {
        var file = Repository.Read("docker-compose.yml").ReplaceLineEndings("\n");
        var shared = Shared().Matches(file).ToDictionary(part => part.Groups["name"].Value, part => part.Value, StringComparer.Ordinal);
        var all = file[file.IndexOf("\nservices:", StringComparison.Ordinal)..file.IndexOf("\nvolumes:", StringComparison.Ordinal)];
        var services = Service().Matches(all);

        Assert.Equal(10, services.Count);
        Assert.All(services, service =>
        {
            var text = service.Value + string.Concat(Merged().Matches(service.Value).Select(merged => shared[merged.Groups["name"].Value]));
            Assert.Matches(@"\n {2,4}mem_limit: (\d+[mg]|\$\{[A-Z_]+:-\d+[mg]\})\n", text);
            Assert.Matches(@"\n {2,4}pids_limit: [1-9]\d*\n", text);
        });
    }

    [GeneratedRegex(@"^x-\w+: &(?<name>\w+)\n(?: .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Shared();

    [GeneratedRegex(@"^  [\w-]+:\n(?:    .*\n)+", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Service();

    [GeneratedRegex(@"<<: \*(?<name>\w+)\n", RegexOptions.ExplicitCapture)]
    private static partial Regex Merged();
}
