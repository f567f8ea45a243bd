using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Unit.Architecture;

/// <summary>CONTRIBUTING.md follows one month through the files; a stop that moved must be told there.</summary>
public sealed class ReadingTourTests
{
    static IEnumerable<(string Path, string Words)> Stops() =>
        Regex.Matches(Repository.Read("CONTRIBUTING.md"), @"^\d+\. \[`(?<path>[^`]+)`\]\([^)]+\)(?<words>(?:.|\n(?!\d+\. |\n))*)", RegexOptions.Multiline)
            .Select(stop => (stop.Groups["path"].Value, stop.Groups["words"].Value));

    [Fact]
    public void Tour_has_a_stop_for_every_step_of_the_month() => Assert.True(Stops().Count() >= 10);

    [Fact]
    public void Every_stop_is_a_file() =>
        Assert.DoesNotContain(Stops(), stop => !File.Exists(Path.Combine(Repository.Root, stop.Path)));

    [Fact]
    public void Every_name_a_stop_mentions_is_in_its_file() =>
        Assert.All(Stops(), stop => Assert.All(
            Regex.Matches(stop.Words, "`(?<name>[A-Za-z_.]+)`").Select(name => name.Groups["name"].Value),
            name => Assert.Contains(name, Repository.Read(stop.Path), StringComparison.Ordinal)));
}
