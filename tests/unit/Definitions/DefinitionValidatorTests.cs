using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Publishing;
using Orchestrator.Workflows.Values;
using static Orchestrator.Tests.Unit.Definitions.Stock;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class DefinitionValidatorTests
{
    [Fact]
    public void Definition_with_three_faults_gives_three_problems()
    {
        const string Definition = """
            {
              "definitionId": "stock",
              "root": {
                "id": "flow", "type": "Elsa.Flowchart",
                "activities": [
                  { "id": "Count1", "type": "Test.CountStock", "limit": { "typeName": "Int32", "expression": { "type": "Literal", "value": "many" } } },
                  { "id": "Write1", "type": "Elsa.WriteLin" }
                ],
                "connections": [ { "source": { "activity": "Count1", "port": "Done" }, "target": { "activity": "Write1", "port": "In" } } ]
              }
            }
            """;

        Assert.Equal(
        [
            new("$.root.activities[0].limit", "value.wrong_type", "Input 'Limit': \"many\" cannot be converted to Int32. Give a whole number that fits Int32."),
            new("$.root.activities[0].shelf", "activity.missing_input", "Input 'Shelf' of Test.CountStock is required. Give it a value."),
            new("$.root.activities[1].type", "activity.unknown_type", "Activity type 'Elsa.WriteLin' is not known. Did you mean 'Elsa.WriteLine'?"),
        ], DefinitionValidator.Validate(Definition, Registry));
    }

    [Theory]
    [InlineData("", "$: The document is not JSON at line 1, position 1: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true.")]
    [InlineData("{\"definitionId\":\"a\",\n  \"root\":}", "$: The document is not JSON at line 2, position 10: '}' is an invalid start of a value.")]
    [InlineData("[]", "$: The document is an array, but a workflow definition is an object.")]
    [InlineData("""{"definitionId":"a"}""", "$.root: 'root' is missing. Give the activity that the workflow executes, mostly a flowchart.")]
    [InlineData("""{"definitionId":"a","root":[]}""", "$.root: 'root' is an array, but must be an object.")]
    [InlineData("""{"definitionId":"\ud800","root":{}}""", "$: A text in the document has half a character (an unpaired \\ud800 to \\udfff). Write the whole character.")]
    [InlineData("""{"definitionId":"a","definitionId":"b","root":{"id":"w","type":"Elsa.WriteLine"}}""", "$: The document is not JSON: Duplicate property 'definitionId' encountered during deserialization.")]
    [InlineData("""{"definitionId":"a","variables":[1],"root":{"id":"w","type":"Elsa.WriteLine"}}""", "$.variables[0]: This is a number, but must be an object.")]
    [InlineData("""{"definitionId":"a","version":1.5,"root":{"id":"w","type":"Elsa.WriteLine"}}""", "$.version: 'version' is 1.5, but must be a whole number up to 2147483647.")]
    public void Document_of_the_wrong_shape_is_reported(string document, string problem) =>
        Assert.Equal([problem], DefinitionValidator.Validate(document, Registry).Select(found => found.ToString()));

    public static TheoryData<string, string> Activities => new()
    {
        { Given("shelf", "Literal", "\" \""), "$.root.activities[0].shelf: Input 'Shelf' of Test.CountStock is required. Give it a value." },
        { Given("shelf", "JavaScript", "null"), "$.root.activities[0].shelf: Input 'Shelf' of Test.CountStock is required. Give it a value." },
        { Given("shelf", "JavaScript", "\"let x = ;\""), "$.root.activities[0].shelf.expression.value: The script is no JavaScript: line 1, position 9: Unexpected token ';'." },
        { Given("shelf", "Variable", """{"id":"v9"}"""), "$.root.activities[0].shelf.expression.value: Input 'Shelf' comes from a variable with the id 'v9', which is not declared here. Did you mean 'v1'?" },
        { Given("shelf", "Input", """{"name":"House"}"""), "$.root.activities[0].shelf.expression.value: The workflow has no input 'House'. Its inputs are: Place." },
        { Given("shelf", "Input", "\"{\\\"name\\\":\\\"House\\\"}\""), "$.root.activities[0].shelf.expression.value: The workflow has no input 'House'. Its inputs are: Place." },
        { Given("shelf", "Variable", "\"{\\\"id\\\":\\\"v9\\\",\\\"name\\\":\\\"First\\\"}\""), "$.root.activities[0].shelf.expression.value: Input 'Shelf' comes from a variable with the id 'v9', which is not declared here. Did you mean 'v1'?" },
        { Shelf + Given("unit", "Input", "7"), "$.root.activities[0].unit.expression.value: Input 'Unit' is 7, which names no input of the workflow. Give its name." },
        { Given("shelf", "Input", "\"\""), "$.root.activities[0].shelf: Input 'Shelf' of Test.CountStock is required. Give it a value." },
        { Given("shelf", "CSharp", "\"1\""), "$.root.activities[0].shelf.expression.type: Expressions in C# are kept but never evaluated: they would be code with the rights of the server. Use JavaScript or Liquid, or write an activity." },
        { Given("shelf", "Liquid", "\"{% nonsense %}\""), "$.root.activities[0].shelf.expression.value: The template is no Liquid: Unknown tag 'nonsense'." },
        { ""","shelf":{"typeName":"String","expression":7}""", "$.root.activities[0].shelf.expression: 'expression' is a number, but must be an object." },
        { Shelf + Given("unit", "Literal", "\"bag\""), "$.root.activities[0].unit: Input 'Unit' is 'bag', but must be one of box, pallet." },
        { Shelf + Given("day", "Literal", "\"2026-13-01\""), "$.root.activities[0].day: Input 'Day': \"2026-13-01\" cannot be converted to DateOnly. Give a day such as 2026-10-31." },
        { Shelf + Given("rule", "Object", "\"{ not json\""), "$.root.activities[0].rule: Input 'Rule': \"{ not json\" cannot be converted to CountRule. Give a JSON object of that shape." },
        { Shelf + Given("limits", "Literal", "5"), "$.root.activities[0].limits: Test.CountStock has no input 'limits'. Did you mean 'Limit'?" },
        { Shelf + ""","result":{"typeName":"Object","memoryReference":{"id":"v1"}}""", "$.root.activities[0].result: Test.CountStock has no output 'result'. Its outputs are: Counted." },
        { Shelf + ""","counted":{"typeName":"Object","memoryReference":{"id":"v7"}}""", "$.root.activities[0].counted.memoryReference.id: Output 'Counted' goes to a variable with the id 'v7', which is not declared here. Did you mean 'v1'?" },
        { Shelf + ""","customProperties":{"mergeMode":"Wait"}""", "$.root.activities[0].customProperties.mergeMode: Merge mode \"Wait\" is not known. Use one of Stream, Merge, Converge, Race, Cascade, None." },
        { Shelf + Retry("""{"attempts":0}"""), "$.root.activities[0].customProperties.retryPolicy.attempts: 'attempts' is 0, but must be from 1 (no retry) to 100." },
        { Shelf + Retry("""{"delay":"soon"}"""), "$.root.activities[0].customProperties.retryPolicy.delay: 'delay' is \"soon\", but must be a text such as \"00:00:30\" (hours:minutes:seconds), at most 30 days." },
        { Shelf + Retry("""{"timeout":"00:00:00"}"""), "$.root.activities[0].customProperties.retryPolicy.timeout: 'timeout' is \"00:00:00\", but must be a text such as \"00:00:30\" (hours:minutes:seconds), at most 30 days." },
        { Shelf + Retry("""{"factor":0.5}"""), "$.root.activities[0].customProperties.retryPolicy.factor: 'factor' is 0.5, but must be a number from 1 to 100." },
        { Shelf + Retry("""{"delay":"00:01:00","maximumDelay":"00:00:30"}"""), "$.root.activities[0].customProperties.retryPolicy.maximumDelay: 'maximumDelay' is 00:00:30, but 'delay' is 00:01:00. Give a maximum that is not below it." },
        { Shelf + Retry("""{"tries":3}"""), "$.root.activities[0].customProperties.retryPolicy.tries: A retry policy has no 'tries'. It has attempts, delay, factor, maximumDelay and timeout." },
    };

    [Theory]
    [MemberData(nameof(Activities))]
    public void Fault_of_an_activity_is_reported_at_its_place(string properties, string problem) =>
        Assert.Equal([problem], Problems(Flow([Activity("A0", "Test.CountStock", properties)], [],
            ""","variables":[{"id":"v1","name":"First","typeName":"String"}],"inputs":[{"name":"Place","type":"String"}]""")));

    [Theory]
    [InlineData("Input", "\"Place\"")]
    [InlineData("Input", """{"name":"place"}""")]
    [InlineData("Input", "\"{\\\"name\\\":\\\"Place\\\",\\\"type\\\":\\\"String\\\"}\"")]
    [InlineData("Variable", "\"v1\"")]
    [InlineData("Variable", "\"First\"")]
    [InlineData("Variable", "\"{\\\"id\\\":\\\"v1\\\",\\\"name\\\":\\\"First\\\"}\"")]
    public void Input_or_variable_may_be_named_as_the_designer_and_as_people_do(string type, string value) =>
        Assert.Empty(Problems(Flow([Activity("A0", "Test.CountStock", Given("shelf", type, value) + Given("unit", type, "\"\""))], [],
            ""","variables":[{"id":"v1","name":"First","typeName":"String"}],"inputs":[{"name":"Place","type":"String"}]""")));

    [Theory]
    [InlineData("""{"mergeMode":"None"}""")]
    [InlineData("""{"mergeMode":"none"}""")]
    [InlineData("""{"mergeMode":null}""")]
    public void Merge_mode_none_is_none(string custom)
    {
        var json = Flow(Activity("A0", "Test.CountStock", $"{Shelf},\"customProperties\":{custom}"));
        Assert.Empty(Problems(json));
        Assert.Equal(MergeMode.Stream, WorkflowDefinition.Parse(json, Registry).Activities["A0"].MergeMode);
    }

    [Fact]
    public void Unknown_tag_of_a_template_is_a_warning_and_a_broken_one_an_error()
    {
        var check = PublishCheck.Of(Flow(
            Activity("A0", "Test.CountStock", Given("shelf", "Liquid", "\"{% render 'shelf' %}\"")), Activity("A1", "Test.CountStock", Given("shelf", "Liquid", "\"{% if x %}\""))), Registry);
        Assert.Equal(("value.unknown_tag", "value.bad_script"), (Assert.Single(check.Warnings).Code, Assert.Single(check.Errors).Code));
    }

    [Fact]
    public void State_machine_is_refused_with_a_reason()
    {
        var check = PublishCheck.Of("""{"definitionId":"states","root":{"id":"m","type":"Elsa.StateMachine","states":[]}}""", Registry);
        Assert.Equal(
            "$.root.type: State machines are not executed here. Draw the workflow as a flowchart: decisions choose the next activity, connections back repeat one.",
            Assert.Single(check.Errors).ToString());
    }

    public static TheoryData<string[], string[], string> Flows => new()
    {
        { ["A0", "A0"], [], "$.root.activities[1].id: Id 'A0' is used by two activities. Give each its own." },
        { ["A0", "A1"], [], "$.root.activities[1]: 'A1' is never reached from 'A0', where the flowchart begins. Connect it or remove it." },
        { ["A0"], [Connect("A0", "B1")], "$.root.connections[0].target.activity: The connection leads to 'B1', which is not in this flowchart. Did you mean 'A0'?" },
        { ["A0"], [Connect("Nobody", "A0")], "$.root.connections[0].source.activity: The connection starts at 'Nobody', which is not in this flowchart. In it are: A0." },
        { ["A0"], [Connect("A0", "A0", "Failed")], "$.root.connections[0].source.port: 'A0' (Elsa.WriteLine) has no outcome 'Failed'. Its outcomes are: Done." },
        { ["A0"], ["""{"source":{"activity":"A0"}}"""], "$.root.connections[0].target: 'target' is missing. Give the activity that the connection leads to." },
        { ["A0"], ["""{"source":{},"target":{"activity":"A0"}}"""], "$.root.connections[0].source.activity: 'activity' is missing. Give the id of the activity that the connection starts at." },
        { ["A0"], ["""{"source":{"activity":"A0"},"target":{"activity":"A0","port":"Out"}}"""], "$.root.connections[0].target.port: 'A0' has no port 'Out' to lead to. Use 'In'." },
        { ["A0"], ["""{"source":["A0"],"target":{"activity":"A0"}}"""], "$.root.connections[0].source: 'source' is an array, but must be an object." },
        { ["A0"], ["""{"source":"A0","target":"A2","sourcePort":"Done"}"""], "$.root.connections[0].target: The connection leads to 'A2', which is not in this flowchart. Did you mean 'A0'?" },
        { ["A0"], ["""{"source":"A0","target":"A0","sourcePort":"Failed"}"""], "$.root.connections[0].sourcePort: 'A0' (Elsa.WriteLine) has no outcome 'Failed'. Its outcomes are: Done." },
    };

    [Theory]
    [MemberData(nameof(Flows))]
    public void Fault_of_a_flowchart_is_reported_at_its_place(string[] ids, string[] connections, string problem) =>
        Assert.Equal([problem], Problems(Flow([.. ids.Select(id => Activity(id, "Elsa.WriteLine"))], connections)));

    [Fact]
    public void Loop_is_legal() =>
        Assert.Empty(Problems(Flow([Activity("A0", "Elsa.WriteLine"), Activity("A1", "Elsa.WriteLine")], [Connect("A0", "A1"), Connect("A1", "A0"), Connect("A1", "A1")])));

    [Fact]
    public void Nothing_follows_an_activity_that_ends_the_run()
    {
        Assert.Equal(["$.root.connections[0].source.port: Nothing can follow 'A0' (Elsa.Finish). Remove the connection."],
            Problems(Flow(Activity("A0", "Elsa.Finish"), Activity("A1", "Elsa.WriteLine"))));
        Assert.Equal(["$.root.activities[1]: 'w' is never reached, because 'e' (Elsa.End) before it ends the sequence. Move or remove one of them."],
            Problems("""{"definitionId":"a","root":{"id":"s","type":"Elsa.Sequence","activities":[{"id":"e","type":"Elsa.End"},{"id":"w","type":"Elsa.WriteLine"}]}}"""));
    }

    [Fact]
    public void Outcomes_of_an_activity_class_are_those_it_names() =>
        Assert.Equal(["$.root.connections[0].source.port: 'A0' (Test.ShipStock) has no outcome 'Done'. Its outcomes are: Shipped, Refused."],
            Problems(Flow(Activity("A0", "Test.ShipStock"), Activity("A1", "Elsa.WriteLine"))));

    [Theory]
    [InlineData("""[{"id":"a","name":"X"},{"id":"b","name":"X"}]""", "$.variables[1].name: There are two variables 'X'. Rename one.")]
    [InlineData("""[{"id":"a","name":"X"},{"id":"a","name":"Y"}]""", "$.variables[1].id: Two variables have the id 'a'. Give each its own.")]
    [InlineData("""[{"id":"a","name":"X","typeName":"Intt32"}]""", "$.variables[0].typeName: There is no type 'Intt32'. Did you mean 'Int32'?")]
    [InlineData("""[{"id":"a","name":"X","typeName":"Int32","value":"few"}]""", "$.variables[0].value: Default of variable 'X': \"few\" cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("""[{"id":"a","name":"X","typeName":"Int32","isArray":true,"value":"[1,\"x\"]"}]""", "$.variables[0].value: Default of variable 'X': \"[1,\\\"x\\\"]\" cannot be converted to a list of Int32. Give a JSON array of that type.")]
    [InlineData("""[{"id":"a"}]""", "$.variables[0].name: 'name' is missing. Give the variable's name.")]
    public void Fault_of_a_variable_is_reported_at_its_place(string variables, string problem) =>
        Assert.Equal([problem], Problems(Flow([Activity("A0", "Elsa.WriteLine")], [], $",\"variables\":{variables}")));

    [Fact]
    public void Variable_of_a_container_is_known_within_it_only()
    {
        const string Write = ""","text":{"expression":{"type":"Variable","value":{"id":"inner"}}}""";
        var inner = Activity("s", "Elsa.Sequence", $$""","variables":[{"id":"inner","name":"Inner"}],"activities":[{{Activity("w", "Elsa.WriteLine", Write)}}]""");

        Assert.Equal(["$.root.activities[1].text.expression.value: Input 'Text' comes from a variable with the id 'inner', which is not declared here."],
            Problems(Flow([inner, Activity("A1", "Elsa.WriteLine", Write)], [Connect("s", "A1")])));
    }

    [Fact]
    public void Variable_may_be_of_a_record_that_activities_hand_over() =>
        Assert.Empty(Problems(Flow([Activity("A0", "Elsa.WriteLine")], [], ""","variables":[{"id":"a","name":"X","typeName":"Counted"}]""")));

    [Fact]
    public void SetVariable_without_a_variable_is_reported() =>
        Assert.Equal(["$.root.activities[0].variable: Input 'Variable' of Elsa.SetVariable is required. Give it a value."],
            Problems(Flow(Activity("A0", "Elsa.SetVariable", Given("value", "Literal", "1")))));

    [Fact]
    public void Loading_a_definition_that_is_not_in_order_fails_with_all_problems()
    {
        var failure = Assert.Throws<InvalidDefinitionException>(() => DefinitionValidator.Load(Flow(Activity("A0", "Test.CountStok"), Activity("A1", "Elsa.If")), Registry));

        Assert.Equal(["activity.unknown_type", "activity.missing_input"], failure.Problems.Select(problem => problem.Code));
    }

    static string Shelf => Given("shelf", "Literal", "\"A-7\"");

    static string Retry(string policy) => $$$""","customProperties":{"retryPolicy":{{{policy}}}}""";

    static IEnumerable<string> Problems(string definition) => DefinitionValidator.Validate(definition, Registry).Select(problem => problem.ToString());
}
