using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>What Elsa Studio and others asked a stock Elsa 3.8 server, asked of ours: the answers are the same, but for <see cref="AllowedDifferences"/>.</summary>
public sealed partial class ReplayTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Recorded_requests_get_the_recorded_answers()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var (ids, differences) = (new Dictionary<string, string>(StringComparer.Ordinal), new List<string>());

        foreach (var exchange in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests/data/elsa-api/exchanges.json"), TestContext.Current.CancellationToken))!.AsArray().Select(exchange => exchange!.AsObject()))
        {
            var (url, name) = (Translate((string)exchange["url"]!, ids), $"{exchange["method"]} {exchange["url"]} ({exchange["story"]})");
            var body = exchange["body"] is { } sent ? Translate(sent.ToJsonString(), ids) : null;
            var (status, answer, _) = await server.SendAsync(new((string)exchange["method"]!), $"/elsa/api{url}", body);
            if ((int)status != (int)exchange["status"]!) differences.Add($"{name}: status {(int)status}, recorded {exchange["status"]}. {answer}");
            else Compare(exchange["answer"], answer.ValueKind is JsonValueKind.Undefined ? null : JsonNode.Parse(answer.GetRawText()), new(name, url.Split('?')[0], ids, differences), "$");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public async Task Stock_activity_types_are_described_on_the_wire_as_recorded()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var answer = await server.GetAsync("/elsa/api/descriptors/activities?Refresh=True");
        var ours = answer.GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("typeName").GetString()!, item => JsonNode.Parse(item.GetRawText())!.AsObject());
        Assert.Equal(answer.GetProperty("count").GetInt32(), ours.Count);
        var differences = new List<string>();

        foreach (var recorded in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests/data/elsa-api/activity-descriptors.json"), TestContext.Current.CancellationToken))!.AsArray())
        {
            var type = (string)recorded!["typeName"]!;
            if (!ours.TryGetValue(type, out var described)) differences.Add($"{type} is missing.");
            // Words for people are our own; the recording leaves out which outputs can be kept.
            else Compare(recorded, described, new(type, "", [], differences) { Ignored = ["description", "clrType", "isSerializable"] }, "$");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    sealed record Comparison(string Name, string Path, Dictionary<string, string> Ids, List<string> Differences)
    {
        public IReadOnlyCollection<string> Ignored { get; init; } = [];

        public void Note(string at, string what) => Differences.Add($"{Name}: {at}: {what}");
    }

    static void Compare(JsonNode? recorded, JsonNode? ours, Comparison comparison, string at)
    {
        if (recorded is JsonObject wanted && ours is JsonObject given)
        {
            foreach (var name in wanted.Select(property => property.Key).Union(given.Select(property => property.Key)).ToList())
            {
                if (comparison.Ignored.Contains(name) || (name is "createdAt" && given.ContainsKey(name)) || (name is "links" && !wanted.ContainsKey(name))) continue;
                if (name is "count" && (AllowedDifferences.Subsets.ContainsKey(comparison.Path) || AllowedDifferences.Shapes.ContainsKey(comparison.Path))) continue;
                if (name is "validationErrors" && given[name] is JsonArray && wanted[name] is JsonArray) continue;
                if (!wanted.ContainsKey(name)) comparison.Note($"{at}.{name}", $"is {given[name]?.ToJsonString() ?? "null"}, but was not recorded");
                else if (!given.ContainsKey(name)) comparison.Note($"{at}.{name}", $"is missing; recorded is {wanted[name]?.ToJsonString() ?? "null"}");
                else Compare(wanted[name], given[name], comparison, $"{at}.{name}");
            }
        }
        else if (recorded is JsonArray wantedItems && ours is JsonArray givenItems)
        {
            if (AllowedDifferences.Shapes.ContainsKey(comparison.Path))
            {
                Assert.All(givenItems, item => Assert.Equal(Members(wantedItems[0]!), Members(item!)));
                return;
            }
            if (AllowedDifferences.Subsets.ContainsKey(comparison.Path)) wantedItems = new([.. wantedItems.Where(item => givenItems.Any(own => KeyOf(own) == KeyOf(item))).Select(item => item!.DeepClone())]);
            if (wantedItems.Count != givenItems.Count) comparison.Note(at, $"has {givenItems.Count} items, recorded are {wantedItems.Count}: {givenItems.ToJsonString()}");
            for (var i = 0; i < Math.Min(wantedItems.Count, givenItems.Count); i++) Compare(wantedItems[i], givenItems[i], comparison, $"{at}[{i}]");
        }
        else if (!JsonNode.DeepEquals(recorded, ours) && !IsSameId(recorded, ours, comparison, at))
        {
            comparison.Note(at, $"is {ours?.ToJsonString() ?? "null"}, recorded is {recorded?.ToJsonString() ?? "null"}");
        }
    }

    // Servers make ids as they like; an id that was another one there must be the same other one everywhere.
    static bool IsSameId(JsonNode? recorded, JsonNode? ours, Comparison comparison, string at)
    {
        if (!IdPath.IsMatch(at) || recorded?.GetValueKind() is not JsonValueKind.String || ours?.GetValueKind() is not JsonValueKind.String) return false;
        var (was, now) = ((string)recorded!, (string)ours!);
        if (comparison.Ids.TryGetValue(was, out var known)) return known == now;
        comparison.Ids[was] = now;
        return GeneratedId.IsMatch(was) && GeneratedId.IsMatch(now);
    }

    static string Translate(string text, Dictionary<string, string> ids) => ids.Aggregate(text, (known, id) => known.Replace(id.Key, id.Value, StringComparison.Ordinal));

    static string KeyOf(JsonNode? item) => ((string?)(item!["typeName"] ?? item["type"] ?? item["name"]))!;

    static IEnumerable<string> Members(JsonNode item) => item.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^\$(\.workflowDefinition|\.items\[\d+\])?\.(id|definitionId)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex IdPath { get; }

    [GeneratedRegex("^[0-9a-f]{16}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex GeneratedId { get; }
}
