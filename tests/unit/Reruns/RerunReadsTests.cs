using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Tests.Unit.Runs;
using Orchestrator.Workflows.Reruns;

namespace Orchestrator.Tests.Unit.Reruns;

/// <summary>Whatever may read a value that is another one now executes again, whichever expression of whichever activity reads it.</summary>
public sealed class RerunReadsTests
{
    static readonly string[] Kinds =
    [
        "Text", "Switch", "FlowSwitch", "If", "FlowDecision", "While", "ForEach", "ParallelForEach", "For", "FlowFork", "SetVariable", "Event", "PublishEvent", "Child", "Output",
    ];

    /// <summary>Kind of reader × language × what it reads.</summary>
    public static TheoryData<string, string, string> Readers
    {
        get
        {
            var all = new TheoryData<string, string, string>();
            foreach (var kind in Kinds)
                foreach (var (language, read) in new[]
                {
                    ("JavaScript", "getInput('i1')"), ("JavaScript", "geti1()"), ("Liquid", "Input.i1"), ("Liquid", "Input[\"i1\"]"),
                    ("JavaScript", "getV1()"), ("JavaScript", "getVariable('V1')"), ("JavaScript", "variables.V1"), ("Liquid", "Variables.V1"),
                    ("JavaScript", "getOutputFrom('JobA')"), ("JavaScript", "getResultFromJobA()"),
                }) all.Add(kind, language, read);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Reader_of_a_changed_value_executes_again(string kind, string language, string read)
    {
        var scene = RerunScene.Start(Workflow(kind, language, read, "before"), new(1) { Failing = ["JobC"] }, ("i1", "one"), ("i2", "two"));
        var isOfInput = read.Contains("i1", StringComparison.Ordinal);
        var (verdict, why) = isOfInput ? Retry(scene, "i1")
            : read.Contains("V1", StringComparison.Ordinal) ? Retry(scene, latest: Workflow(kind, language, read, "after"))
            : Planned(scene.Plan(RerunKind.From, "JobA"));
        Assert.Equal((RerunVerdict.Runs, isOfInput ? "input 'i1' changed from one to other"
            : read.Contains("V1", StringComparison.Ordinal) ? "variable 'V1' changed in version 2" : "read output 'Result' of 'JobA', which is not reused"), (verdict, why));
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public void Reader_of_what_is_unchanged_is_reused(string kind, string language, string read)
    {
        var scene = RerunScene.Start(Workflow(kind, language, read, "before"), new(1) { Failing = ["JobC"] }, ("i1", "one"), ("i2", "two"));
        Assert.Equal(RerunVerdict.Reused, Retry(scene, "i2").Verdict);
    }

    [Theory]
    [InlineData("{{ Input.I1 }}", true)]
    [InlineData("{{ Input['i1'] | upcase }}", true)]
    [InlineData("{{ Input[ \"i1\" ] }}", true)]
    [InlineData("{% assign all = Input %}{{ all.i1 }}", true)]
    [InlineData("{% assign name = 'i1' %}{{ Input[name] }}", true)]
    [InlineData("{% assign name = 'Inp' | append: 'ut' %}{{ [name].i1 }}", true)]
    [InlineData("{{ [\"Input\"].i1 }}", true)]
    [InlineData("{% if Input.i1 == 'one' %}yes{% endif %}", true)]
    [InlineData("{% for one in (1..3) %}{{ Input.i1 }}{% endfor %}", true)]
    [InlineData("{{ input.i1 }}", true)]
    [InlineData("{{ INPUT.I1 }}", true)]
    [InlineData("{{ input[\"i1\"] }}", true)]
    [InlineData("{{ iNPUT['I1'] }}", true)]
    [InlineData("{{ 'x' | append: input.i1 }}", true)]
    [InlineData("{{ \"}}\" | append: input.i1 }}", true)]
    [InlineData("{% assign all = input %}{{ all.i1 }}", true)]
    [InlineData("{% capture one %}{{ input.i1 }}{% endcapture %}{{ one }}", true)]
    [InlineData("{% if input.i1 == 'one' %}yes{% endif %}", true)]
    [InlineData("{{ [\"input\"].i1 }}", true)]
    [InlineData("{{ it's input.i1 }}", true)]
    [InlineData("The input: {{ Input.i2 }} of 'input'", false)]
    [InlineData("{{ input.i2 }}", false)]
    [InlineData("{{ Input.InputRows }}", false)]
    [InlineData("{{ Input.i2 }}", false)]
    [InlineData("{{ Input.i11 }}", false)]
    [InlineData("{{ Variables.i1 }}", false)]
    [InlineData("the input i1", false)]
    public void Template_that_may_read_a_changed_input_executes_again(string template, bool isRead)
    {
        var scene = RerunScene.Start(Workflow("Text", "Liquid", template, "before"), new(1) { Failing = ["JobC"] }, ("i1", "one"), ("i2", "two"));
        Assert.Equal(isRead ? RerunVerdict.Runs : RerunVerdict.Reused, Retry(scene, "i1").Verdict);
    }

    [Theory]
    [InlineData("Variable", "v1", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("JavaScript", "getV1()", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("JavaScript", "variables['V' + 1]", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("Liquid", "{{ Variables.V1 }}", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("JavaScript", "getOutputFrom('Job' + 'A')", "read output 'Result' of 'JobA', which is not reused")]
    [InlineData("JavaScript", "getLastResult()", "read output 'Result' of 'JobA', which is not reused")]
    [InlineData("Liquid", "{{ variables.V1 }}", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("Liquid", "{{ 'x' | append: VARIABLES['V1'] }}", "read variable 'v1' of 'JobA', which is not reused")]
    [InlineData("Liquid", "{{ variables.V2 }}", null)]
    [InlineData("Liquid", "{{ Variables.V2 }}", null)]
    [InlineData("Variable", "v2", null)]
    [InlineData("Literal", "V1", null)]
    public void Reader_on_a_parallel_branch_executes_again_if_its_writer_does(string language, string text, string? why)
    {
        var json = Beside(language, text);
        // The reader begins when JobA has ended.
        var scene = RerunScene.Start(json, new(1) { Order = ["JobA", "JobB"] });
        var (verdict, reason) = Planned(scene.Plan(RerunKind.From, "JobA"));
        Assert.Equal((why is null ? RerunVerdict.Reused : RerunVerdict.Runs, why ?? $"reused from run {scene.Id}"), (verdict, reason));
        // Here it began before, and did not see what JobA wrote.
        Assert.Equal(RerunVerdict.Reused, Planned(RerunScene.Start(json, new(1) { Order = ["JobB", "Reader", "JobA"] }).Plan(RerunKind.From, "JobA")).Verdict);
    }

    [Fact]
    public void Reader_is_found_in_a_rerun_of_a_rerun()
    {
        var scene = RerunScene.Start(Beside("Variable", "v1"), new(1) { Order = ["JobA", "JobB"], Failing = ["JobC"] });
        var again = scene.Rerun(RerunKind.Retry, new(1) { Failing = ["JobC"] });
        Assert.Contains("Reader", again.Reused);
        Assert.Equal(RerunVerdict.Runs, Planned(again.Plan(RerunKind.From, "JobA")).Verdict);
    }

    [Fact]
    public void Reader_of_a_variable_that_is_gone_executes_again()
    {
        var scene = RerunScene.Start(Workflow("Text", "JavaScript", "getV1()", "before"), new(1) { Failing = ["JobC"] });
        Assert.Equal((RerunVerdict.Runs, "variable 'V1' changed in version 2"), Retry(scene, latest: Workflow("Text", "JavaScript", "getV1()", value: null)));
    }

    static (RerunVerdict Verdict, string Why) Retry(RerunScene scene, string? input = null, string? latest = null) => Planned(scene.Prepare(
        new(scene.Id, RerunKind.Retry)
        {
            Inputs = input is null ? [] : new Dictionary<string, JsonElement> { [input] = JsonSerializer.SerializeToElement("other") },
            Latest = latest is not null,
        }, latest: latest).Plan);

    static (RerunVerdict Verdict, string Why) Planned(RerunPlan plan) =>
        plan.Activities.Single(activity => activity.ActivityId == "Reader") is var reader ? (reader.Verdict, reader.Why) : default;

    /// <summary>JobA stands beside JobB and the reader; JobA writes V1, JobB V2. JobC comes after both.</summary>
    static string Beside(string language, string text)
    {
        var (writer, other, reader) = (Chart.Activity("JobA"), Chart.Activity("JobB"), Chart.Activity("JobC"));
        (writer["result"], other["result"]) = (Target("v1"), Target("v2"));
        (reader["id"], reader["text"]) = ("Reader", Chart.Input("String", language, text));
        return WithDeclarations(Chart.Sequence("Root", Control.Parallel("Both", writer, Chart.Sequence("Branch", other, reader)), Chart.Activity("JobC")), "before");

        static JsonObject Target(string id) => new() { ["typeName"] = "String", ["memoryReference"] = new JsonObject { ["id"] = id } };
    }

    /// <summary>The reader stands on a branch beside JobA and begins after it; JobC comes last.</summary>
    static string Workflow(string kind, string language, string read, string? value)
    {
        var reader = Reader(kind, language, read);
        reader["id"] = "Reader";
        if (kind.StartsWith("Flow", StringComparison.Ordinal)) reader = Control.Flow([reader]);
        return WithDeclarations(Chart.Sequence("Root", Control.Parallel("Both", Chart.Activity("JobA"), Chart.Sequence("Branch", Chart.Activity("JobB"), reader)), Chart.Activity("JobC")), value);
    }

    static string WithDeclarations(JsonObject root, string? value)
    {
        var variables = new JsonArray(Declared("v2", "V2", "two"));
        if (value is not null) variables.Add(Declared("v1", "V1", value));
        var workflow = JsonNode.Parse(Chart.Workflow(root, variables))!.AsObject();
        workflow["inputs"] = new JsonArray(new JsonObject { ["name"] = "i1", ["type"] = "String" }, new JsonObject { ["name"] = "i2", ["type"] = "String" });
        workflow["version"] = value is "before" ? 1 : 2;
        return workflow.ToJsonString();

        static JsonObject Declared(string id, string name, string value) => new() { ["id"] = id, ["name"] = name, ["typeName"] = "String", ["value"] = value };
    }

    static JsonObject Reader(string kind, string language, string read)
    {
        var isScript = language is "JavaScript";
        var text = isScript || read.Contains("{{", StringComparison.Ordinal) || read.Contains("{%", StringComparison.Ordinal) || kind is "Text" && !read.Contains('.') && !read.Contains('[')
            ? read : $"{{{{ {read} }}}}";
        var condition = isScript ? $"{read} == 'never'" : $"{{% if {read} == 'never' %}}true{{% else %}}false{{% endif %}}";
        JsonObject Input(string typeName, string value) => Chart.Input(typeName, language, value);
        JsonArray Cases() => new(new JsonObject { ["label"] = "a", ["condition"] = new JsonObject { ["type"] = language, ["value"] = condition } });
        return kind switch
        {
            "Switch" or "FlowSwitch" => Control.Of(kind, "", ("cases", Cases())),
            "If" or "FlowDecision" or "While" => Control.Of(kind, "", ("condition", Input("Boolean", condition))),
            "ForEach" or "ParallelForEach" => Control.Of(kind, "", ("items", Input("Object", isScript ? $"[{read}]" : $"[\"{text}\"]"))),
            "For" => Control.Of(kind, "", ("start", 1), ("end", Input("Int32", isScript ? $"{read} == 'never' ? 2 : 1" : $"{{% if {read} == 'never' %}}2{{% else %}}1{{% endif %}}"))),
            "FlowFork" => Control.Of(kind, "", ("branches", Input("Object", isScript ? $"[{read}]" : $"[\"{text}\"]"))),
            "SetVariable" => Control.Of(kind, "", ("variable", new JsonObject { ["id"] = "v2" }), ("value", Input("String", text))),
            "Event" => Control.Of(kind, "", ("eventName", Input("String", text))),
            "PublishEvent" => Control.Of(kind, "", ("eventName", "go"), ("payload", Input("Object", text))),
            "Child" => Control.Of("DispatchWorkflow", "", ("workflowDefinitionId", "child"), ("input", Input("ObjectDictionary", isScript ? $"({{ rows: {read} }})" : $"{{ \"rows\": \"{text}\" }}"))),
            "Output" => Control.Of("SetOutput", "", ("outputName", "rows"), ("outputValue", Input("Object", text))),
            _ => new() { ["type"] = "Test.SimulatedJob", ["text"] = Input("String", text) },
        };
    }
}
