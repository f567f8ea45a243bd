using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;
using static Orchestrator.Tests.Unit.Definitions.Stock;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class HostileDefinitionTests
{
    [Fact]
    public void Ten_thousand_activities_in_a_row_are_validated_in_seconds()
    {
        var activities = Enumerable.Range(0, 10_000).Select(i => Activity($"A{i}", "Test.CountStock", Given("shelf", "JavaScript", $"\"'shelf ' + {i}\""))).ToArray();
        var started = TimeProvider.System.GetTimestamp();

        Assert.Empty(DefinitionValidator.Validate(Flow(activities), Registry));
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void Ten_thousand_faulty_activities_give_the_first_thousand_problems()
    {
        var activities = Enumerable.Repeat(Activity("A", "Elsa.WriteLin"), 10_000).ToArray();
        var connections = Enumerable.Range(0, 10_000).Select(i => Connect($"B{i}", $"C{i}")).ToArray();

        var problems = DefinitionValidator.Validate(Flow(activities, connections), Registry);

        Assert.Equal(1_001, problems.Count);
        Assert.Equal("$: Only 1000 problems are listed, there may be more. Correct these first.", problems[^1].ToString());
    }

    [Fact]
    public void Five_hundred_activities_within_each_other_are_in_order() =>
        Assert.Empty(DefinitionValidator.Validate(Nested(500), Registry));

    [Theory]
    [InlineData(600)]
    [InlineData(100_000)]
    public void Deeper_nesting_is_a_problem_and_no_crash(int depth) =>
        Assert.Equal(["$: The document is nested deeper than 1024 levels (line 1). Move inner activities into a workflow of their own."],
            DefinitionValidator.Validate(Nested(depth), Registry).Select(problem => problem.ToString()));

    [Fact]
    public void Branches_within_each_other_are_read_without_end_of_the_stack()
    {
        var definition = new StringBuilder("""{"definitionId":"deep","root":""");
        for (var i = 0; i < 1_000; i++) definition.Append($$"""{"id":"I{{i}}","type":"Elsa.If","condition":true,"then":""");
        definition.Append(Activity("w", "Elsa.WriteLine")).Append('}', 1_001);

        IReadOnlyList<DefinitionProblem> problems = [];
        var small = new Thread(() => problems = DefinitionValidator.Validate(definition.ToString(), Registry), maxStackSize: 1 << 20);
        small.Start();
        small.Join();

        Assert.Empty(problems);
    }

    [Fact]
    public void Fifty_megabytes_of_text_are_read()
    {
        var definition = Flow([Activity("A0", "Elsa.WriteLine", Given("text", "Literal", $"\"{new string('x', 50_000_000)}\""))], []);

        Assert.Empty(DefinitionValidator.Validate(definition, Registry));
    }

    [Fact]
    public void Fifty_megabytes_of_nothing_useful_end_in_problems()
    {
        var numbers = $$$"""{"definitionId":"a","root":{"id":"f","type":"Elsa.Flowchart","activities":[{{{string.Join(",", Enumerable.Repeat("1", 20_000_000))}}}]}}""";

        Assert.Equal(1_001, DefinitionValidator.Validate(numbers, Registry).Count);
    }

    [Fact]
    public void Container_that_is_its_own_successor_is_no_trap()
    {
        var flow = Flow([Activity("flow", "Elsa.Flowchart", ""","activities":[],"connections":[]"""), Activity("A1", "Elsa.WriteLine")], [Connect("flow", "flow"), Connect("flow", "A1")]);

        Assert.Equal(["$.root.activities[0].id: Id 'flow' is used by two activities. Give each its own."], DefinitionValidator.Validate(flow, Registry).Select(problem => problem.ToString()));
    }

    [Fact]
    public void Validation_never_throws_whatever_is_done_to_a_definition()
    {
        var documents = DocumentNames.Select(Repository.Read).ToArray();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var mutated = Mutate(documents[seed % documents.Length], new Random(seed));
            var problems = DefinitionValidator.Validate(mutated, Registry);
            return problems.All(problem => problem.Path.StartsWith('$') && problem.Message.EndsWith('.') is var isSentence && (isSentence || problem.Message.EndsWith('?')));
        }));
    }

    [Fact]
    public void What_can_be_read_round_trips_whatever_was_done_to_it()
    {
        var documents = DocumentNames.Select(Repository.Read).ToArray();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(Arb.From(Gen.Choose(0, int.MaxValue)), seed =>
        {
            var mutated = Mutate(documents[seed % documents.Length], new Random(seed));
            try
            {
                return JsonElement.DeepEquals(JsonElement.Parse(mutated), JsonElement.Parse(WorkflowDefinition.Parse(mutated, Registry).ToJson()));
            }
            catch (InvalidDefinitionException refused)
            {
                return refused.Problems.Count > 0;
            }
        }));
    }

    [Fact]
    public void Text_that_is_cut_or_scrambled_is_refused_and_no_crash()
    {
        var document = Document("restock").TrimEnd();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Arb.From(Gen.Choose(0, document.Length - 1)), ArbMap.Default.ArbFor<char>(), (at, c) =>
            DefinitionValidator.Validate(document[..at], Registry).Count > 0
            && DefinitionValidator.Validate(string.Concat(document.AsSpan(0, at), [c], document.AsSpan(at + 1)), Registry) is not null));
    }

    /// <summary>One to four changes at random places: a value replaced, removed, copied elsewhere, a name changed.</summary>
    static string Mutate(string document, Random random)
    {
        var root = JsonNode.Parse(document)!;
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var all = Everything(root).ToList();
            var (victim, donor) = (all[random.Next(all.Count)], all[random.Next(all.Count)]);
            var other = random.Next(8) switch
            {
                0 => null,
                1 => 7,
                2 => "",
                3 => "A0",
                4 => new JsonObject(),
                5 => new JsonArray(1, "x"),
                6 => JsonValue.Create(1e300),
                _ => donor.DeepClone(),
            };
            switch (victim.Parent)
            {
                case JsonObject owner when random.Next(4) == 0: owner.Remove(victim.GetPropertyName()); break;
                case JsonObject owner when random.Next(4) == 0: owner[$"{victim.GetPropertyName()}2"] = other; break;
                case JsonObject owner: owner[victim.GetPropertyName()] = other; break;
                case JsonArray owner when random.Next(3) == 0: owner.Remove(victim); break;
                case JsonArray owner when random.Next(3) == 0: owner.Add(other); break;
                case JsonArray owner: owner[victim.GetElementIndex()] = other; break;
                default: break;
            }
        }
        return root.ToJsonString();
    }

    static IEnumerable<JsonNode> Everything(JsonNode node) => node switch
    {
        JsonObject container => container.Where(property => property.Value is not null).SelectMany(property => Everything(property.Value!)).Prepend(node),
        JsonArray container => container.Where(item => item is not null).SelectMany(item => Everything(item!)).Prepend(node),
        _ => [node],
    };

    static string Nested(int depth)
    {
        var definition = new StringBuilder("""{"definitionId":"deep","root":""");
        for (var i = 0; i < depth; i++) definition.Append($$"""{"id":"S{{i}}","type":"Elsa.Sequence","activities":[""");
        definition.Append(Activity("w", "Elsa.WriteLine", Given("text", "Literal", "\"deep\"")));
        for (var i = 0; i < depth; i++) definition.Append("]}");
        return definition.Append('}').ToString();
    }
}
