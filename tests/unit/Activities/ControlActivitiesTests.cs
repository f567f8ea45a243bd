using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Elsa;
using Orchestrator.Workflows.Control;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Activities;

public sealed class ControlActivitiesTests
{
    static readonly JsonArray Recorded = (JsonArray)JsonNode.Parse(Repository.Read("tests/data/elsa-api/activity-descriptors.json"))!;

    public static TheoryData<string> TypeNames => [.. Recorded.Select(type => (string)type!["typeName"]!)];

    [Theory, MemberData(nameof(TypeNames))]
    public void A_control_activity_is_described_as_a_stock_Elsa_server_describes_it(string typeName)
    {
        Assert.True(ControlActivities.NewRegistry().TryFind(typeName, out var type));
        var recorded = Recorded.Single(recorded => (string)recorded!["typeName"]! == typeName)!;
        Assert.Equal(Text(recorded), Text(Described(type)));
    }

    [Fact]
    public void All_that_is_described_was_recorded() => Assert.Equal(TypeNames.Select(row => row.Data).Order(StringComparer.Ordinal), ControlActivities.NewRegistry().All.Select(type => type.TypeName).Order(StringComparer.Ordinal));

    static string Text(JsonNode node) => JsonSerializer.Serialize(Sorted(node));

    static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject given => new JsonObject(given.OrderBy(property => property.Key, StringComparer.Ordinal).Select(property => KeyValuePair.Create(property.Key, Sorted(property.Value)))),
        JsonArray given => new JsonArray([.. given.Select(Sorted)]),
        null => null,
        _ => node.DeepClone(),
    };

    static JsonObject Described(ActivityDescriptor type) => new()
    {
        ["typeName"] = type.TypeName, ["namespace"] = type.Namespace, ["name"] = type.Name, ["version"] = type.Version, ["category"] = type.Category,
        ["displayName"] = type.DisplayName, ["inputs"] = new JsonArray([.. type.Inputs.Select(Described)]), ["outputs"] = new JsonArray([.. type.Outputs.Select(Described)]),
        ["kind"] = type.Kind.ToString(), ["runAsynchronously"] = type.RunAsynchronously, ["ports"] = new JsonArray([.. type.Ports.Select(Described)]),
        ["customProperties"] = JsonSerializer.SerializeToNode(type.CustomProperties), ["constructionProperties"] = JsonSerializer.SerializeToNode(type.ConstructionProperties),
        ["isContainer"] = type.IsContainer, ["isBrowsable"] = type.IsBrowsable, ["isStart"] = type.IsStart, ["isTerminal"] = type.IsTerminal,
    };

    static JsonNode Described(PortDescriptor port) =>
        new JsonObject { ["name"] = port.Name, ["displayName"] = port.Name, ["type"] = port.Type.ToString(), ["isBrowsable"] = port.IsBrowsable };

    static JsonNode Described(InputDescriptor input)
    {
        var (given, json) = (input.Metadata, new JsonObject());
        if (given.Category is { } category) json["category"] = category;
        if (given.DefaultSyntax is { } syntax) json["defaultSyntax"] = syntax;
        if (given.DefaultValue is { } value) json["defaultValue"] = JsonSerializer.SerializeToNode(value);
        json["uiSpecifications"] = JsonSerializer.SerializeToNode(InputView.SpecificationsOf(input), JsonSerializerOptions.Web);
        foreach (var (name, node) in new JsonObject
        {
            ["isWrapped"] = input.IsWrapped, ["uiHint"] = input.UIHint, ["isReadOnly"] = given.IsReadOnly, ["isSensitive"] = given.CanContainSecrets, ["autoEvaluate"] = given.AutoEvaluate,
            ["name"] = input.Name, ["typeName"] = input.TypeName, ["displayName"] = input.DisplayName, ["order"] = given.Order, ["isBrowsable"] = given.IsBrowsable,
            ["isSerializable"] = true, ["isSynthetic"] = false,
        }) json[name] = node?.DeepClone();
        return json;
    }

    static JsonNode Described(OutputDescriptor output) => new JsonObject
    {
        ["name"] = output.Name, ["typeName"] = output.TypeName, ["displayName"] = output.DisplayName, ["order"] = 0, ["isBrowsable"] = output.IsBrowsable, ["isSynthetic"] = false,
    };
}
