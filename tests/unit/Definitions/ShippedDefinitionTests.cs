using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class ShippedDefinitionTests
{
    static readonly ActivityRegistry Registry = new ServiceCollection().AddActivities().BuildServiceProvider().GetRequiredService<ActivityRegistry>();

    public static TheoryData<string> Shipped => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "workflows"), "*.json")
        .Where(file => !file.EndsWith("packages.lock.json", StringComparison.Ordinal)).Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_definition_is_in_order_and_round_trips(string file)
    {
        var document = Repository.Read($"workflows/{file}");

        Assert.Empty(DefinitionValidator.Validate(document, Registry));
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(document), JsonElement.Parse(WorkflowDefinition.Parse(document, Registry).ToJson())));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Shipped_definition_has_the_name_of_its_file(string file) =>
        Assert.Equal(Path.GetFileNameWithoutExtension(file), WorkflowDefinition.Parse(Repository.Read($"workflows/{file}"), Registry).DefinitionId);
}
