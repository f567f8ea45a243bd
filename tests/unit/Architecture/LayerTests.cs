using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Unit.Architecture;

/// <summary>
/// The namespaces of a project form no cycle: each imports only those that stand before it in a list. CONTRIBUTING.md has the same lists.
/// </summary>
public sealed class LayerTests
{
    /// <summary>Project → its folders in reading order. A folder's subfolders belong to it; files beside the folders may use all of them.</summary>
    public static TheoryData<string, string[]> Projects => new()
    {
        { "workflows", [
                "Values", "Times", "Assets", "Storage", "Secrets", "Expressions", "Activities", "Definitions", "Journal",
                "Control", "Runs", "Workers", "Reruns", "Schedules", "Backfills", "Publishing",
            ] },
        { "spark", ["Models", "DuckDb", "Parquet", "Engines", "Connect"] },
        { "activities", ["Sales", "Store", "Warehouse", "Star", "Tuning", "Exports"] },
        { "server", [
                "Texts", "Machine", "Telemetry", "Postgres", "Secrets", "Access", "Composition", "Alerts", "Api", "Scheduling", "Elsa", "Pages",
                "Studio", "Hosting", "Client", "CommandLine",
            ] },
    };

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_import_only_those_that_stand_before_them(string project, string[] layers)
    {
        var files = Repository.Files(".cs", ".razor").Where(path => Regex.IsMatch(path, $"^{project}/.+/"))
            .ToLookup(path => path.Split('/')[1]);
        var upward = from layer in files
                     from path in layer
                     from Match import in Regex.Matches(Repository.Read(path), $@"\bOrchestrator\.{project}\.(\w+)", RegexOptions.IgnoreCase)
                     where Array.IndexOf(layers, import.Groups[1].Value) > Array.IndexOf(layers, layer.Key)
                     select $"{path} imports {import.Groups[1].Value}";

        Assert.Empty(upward.Distinct());
        Assert.Equal(layers.Order(StringComparer.Ordinal), files.Select(layer => layer.Key).Order(StringComparer.Ordinal));
        var line = $"- `{project}`: {string.Join(", ", layers.Select(layer => $"`{layer}`"))}\n";
        Assert.Contains(line, Repository.Read("CONTRIBUTING.md"), StringComparison.Ordinal);
    }
}
