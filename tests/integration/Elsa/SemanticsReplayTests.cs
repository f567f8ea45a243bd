using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>What a stock Elsa server answered about runs of four workflows (tests/data/elsa-runs), against what this server answers about runs of the same.</summary>
public sealed class SemanticsReplayTests(PostgresFixture postgres)
{
    /// <summary>Where the answers may differ, and why. A path ends with what is written here.</summary>
    static readonly (string Path, string Why)[] Allowed =
    [
        ("id", "Ids are new with each run, and say here which run an execution belongs to."),
        ("Id", "As id."),
        ("timestamp", "When it ran."), ("At", "When it ran."),
        ("_type", "Elsa's serializer leaves it there; no client reads it."),
        ("completionCallbacks", "Names of Elsa's methods. What goes on here follows from the journal."),
        ("Flowchart.Tokens", "Elsa's own book-keeping, which no client reads."),
        ("exception.type", "Our stable code instead of a .NET type."), ("payload.exception", "As exception.type."),
        ("exception.innerException", "Our message says the cause itself."),
        ("payload.source", "A .NET assembly."),
        ("properties.StartedBy", "Beside what Elsa knows: who started the run."),
        (".outputs", "An output without a value is left out: the Studio cannot show one."),
        ("createdAt", "When it ran."),
        ("bookmarks[0].hash", "How Elsa finds a bookmark; no client reads it."),
        ("properties.WaitsFor", "Beside what Elsa knows: what the run waits for, in words."),
    ];

    public static TheoryData<string> Names => ["sync", "fault", "badjs", "greet"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Executed_sample_gives_the_recorded_answer(string name)
    {
        await using var server = await StartAsync(name);
        var recorded = Recording(name)["execute"]!;
        var (status, body, headers) = await server.SendAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{name}-flow/execute", new { versionOptions = "Latest" });

        Assert.Equal((HttpStatusCode)recorded["status"]!.GetValue<int>(), status);
        Assert.Equal(body.GetProperty("workflowState").GetProperty("id").GetString(), headers.GetValues("x-elsa-workflow-instance-id").Single());
        Assert.Equal("False", headers.GetValues("x-elsa-workflow-cannot-start").Single());
        AssertSame(recorded["body"]!, body);
    }

    [Fact]
    public async Task Faulted_sample_is_shown_as_recorded()
    {
        await using var server = await StartAsync("fault");
        var recorded = Recording("fault");
        var id = (await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions/fault-flow/execute")).Headers.GetValues("x-elsa-workflow-instance-id").Single();

        AssertSame(recorded["instance"]!, await server.GetAsync($"/elsa/api/workflow-instances/{id}"));
        AssertSame(recorded["executionState"]!, await server.GetAsync($"/elsa/api/workflow-instances/{id}/execution-state"));
        AssertSame(recorded["list"]!, await PostAsync(server, "/elsa/api/workflow-instances", """{"page":0,"pageSize":10,"orderDirection":"Descending","hasIncidents":true}"""));
        AssertSame(recorded["journal"]!, await PostAsync(server, $"/elsa/api/workflow-instances/{id}/journal?skip=0&take=110",
            """{"filter":{"activityIds":null,"excludedActivityTypes":["Elsa.Workflow","Elsa.Flowchart"]}}"""));
        AssertSame(recorded["report"]!, await PostAsync(server, "/elsa/api/activity-executions/report", JsonSerializer.Serialize(new
        {
            workflowInstanceId = id,
            activityNodeIds = new[] { "Workflow1:flowchart1:WriteLine1", "Workflow1:flowchart1:Fault1", "Workflow1:flowchart1:WriteLine2" },
        })));
        var executions = (await server.GetAsync($"/elsa/api/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1%3Aflowchart1%3AFault1")).GetProperty("items");
        AssertSame(recorded["execution"]!, executions[0]);
        var execution = executions[0].GetProperty("id").GetString();
        AssertSame(recorded["execution"]!, await server.GetAsync($"/elsa/api/activity-executions/by-id?id={execution}"));
        AssertSame(recorded["callStack"]!, await server.GetAsync($"/elsa/api/activity-executions/{execution}/call-stack"));
    }

    [Theory]
    [InlineData("sync", "WriteLine1 Started, WriteLine1 Completed, WriteLine2 Started, WriteLine2 Completed, WriteLine3 Started, WriteLine3 Completed", true)]
    [InlineData("greet", "WriteLine1 Started, WriteLine1 Completed, Delay1 Started, Delay1 Suspended, Delay1 Resumed, Delay1 Completed, WriteLine2 Started, WriteLine2 Completed", true)]
    [InlineData("fault", "WriteLine1 Started, WriteLine1 Completed, Fault1 Started, Fault1 Faulted", false)]
    [InlineData("badjs", "WriteLine1 Started, WriteLine1 Faulted", false)]
    public async Task Sample_has_the_journal_of_a_stock_server(string name, string activities, bool isCompleted)
    {
        await using var server = await StartAsync(name);
        var recorded = Recording(name);
        var id = (await server.SendAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/{name}-flow/execute")).Headers.GetValues("x-elsa-workflow-instance-id").Single();
        await UntilFinishedAsync(server, id);

        var journal = (await server.GetAsync($"/elsa/api/workflow-instances/{id}/journal?skip=0&take=100")).GetProperty("items").EnumerateArray().ToList();
        string[] expected = ["Workflow1 Started", "flowchart1 Started", .. activities.Split(", "), .. isCompleted ? ["flowchart1 Completed", "Workflow1 Completed"] : Array.Empty<string>()];
        Assert.Equal(expected, journal.Select(line => $"{line.GetProperty("activityId").GetString()} {line.GetProperty("eventName").GetString()}"));
        Assert.Equal(Enumerable.Range(0, journal.Count), journal.Select(line => line.GetProperty("sequence").GetInt32()));
        // The recorded answer of execute says how long the journal was then; only what waits goes on after it.
        if (name != "greet") Assert.Equal(recorded["execute"]!["body"]!["workflowState"]!["executionLogSequence"]!.GetValue<int>(), journal.Count);
        if (recorded["journal"] is { } lines)
            AssertSame(lines, await PostAsync(server, $"/elsa/api/workflow-instances/{id}/journal?skip=0&take=110", """{"filter":{"activityIds":null,"excludedActivityTypes":["Elsa.Workflow","Elsa.Flowchart"]}}"""));
    }

    [Fact]
    public async Task Variables_are_those_of_the_workflow_also_after_the_end()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        server.AddDefinition("inner", """
            {"definitionId":"inner","variables":[{"id":"outer","name":"Outer","typeName":"Int32","value":"7"}],
             "root":{"id":"flow","type":"Elsa.Flowchart","variables":[{"id":"hidden","name":"Hidden","typeName":"String","value":"inner"}],"connections":[],
              "activities":[{"id":"Set1","type":"Elsa.SetVariable","variable":{"id":"outer","name":"Outer","typeName":"Int32"},"value":{"typeName":"Int32","expression":{"type":"Literal","value":"42"}}}]}}
            """);
        var id = (await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions/inner/execute")).Headers.GetValues("x-elsa-workflow-instance-id").Single();
        await UntilFinishedAsync(server, id);

        var variable = Assert.Single((await server.GetAsync($"/elsa/api/workflow-instances/{id}/variables")).GetProperty("items").EnumerateArray());
        Assert.Equal(("outer", "Outer", 42), (variable.GetProperty("id").GetString(), variable.GetProperty("name").GetString(), variable.GetProperty("value").GetInt32()));
    }

    static Task UntilFinishedAsync(ServerHarness server, string id) => Eventually.IsAsync($"instance {id} to finish",
        async () => (await server.GetAsync($"/elsa/api/workflow-instances/{id}/execution-state")).GetProperty("status").GetString() == "Finished");

    async Task<ServerHarness> StartAsync(string name)
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddDefinition($"{name}-flow", Recording(name)["definition"]!.ToJsonString());
        return server;
    }

    static async Task<JsonElement> PostAsync(ServerHarness server, string path, string body)
    {
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, path, body);
        Assert.Equal((path, HttpStatusCode.OK), (path, status));
        return answer;
    }

    static JsonNode Recording(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests", "data", "elsa-runs", $"{name}.json")))!;

    static void AssertSame(JsonNode recorded, JsonElement answered)
    {
        var differences = new List<string>();
        Compare(recorded, JsonNode.Parse(answered.GetRawText()), "$", differences);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    static void Compare(JsonNode? recorded, JsonNode? answered, string path, List<string> differences)
    {
        if (recorded?.GetValueKind() != answered?.GetValueKind())
        {
            differences.Add($"{path}: recorded {Short(recorded)}, answered {Short(answered)}");
            return;
        }
        if (recorded is JsonObject was && answered is JsonObject now)
        {
            foreach (var name in was.Select(property => property.Key).Union(now.Select(property => property.Key)))
            {
                var at = $"{path}.{name}";
                if (IsAllowed(at) && !(was[name] is JsonArray && name is "items")) continue;
                if (was.ContainsKey(name) && now.ContainsKey(name)) Compare(was[name], now[name], at, differences);
                else differences.Add($"{at}: recorded {Short(was[name])}, answered {Short(now[name])}");
            }
        }
        else if (recorded is JsonArray items && answered is JsonArray others)
        {
            if (items.Count != others.Count) differences.Add($"{path}: recorded {items.Count} items, answered {others.Count}: {Short(answered)}");
            for (var index = 0; index < Math.Min(items.Count, others.Count); index++) Compare(items[index], others[index], $"{path}[{index}]", differences);
        }
        else if (!JsonNode.DeepEquals(recorded, answered) && !IsLongerMessage(path, recorded, answered))
        {
            differences.Add($"{path}: recorded {Short(recorded)}, answered {Short(answered)}");
        }
    }

    // What names an activity, a definition or a node is no id of a run.
    static bool IsAllowed(string path) => !path.EndsWith("activityId", StringComparison.OrdinalIgnoreCase) && !path.EndsWith("NodeId", StringComparison.OrdinalIgnoreCase)
        && !path.EndsWith(".definitionId", StringComparison.Ordinal) && !path.EndsWith("tenantId", StringComparison.Ordinal)
        && Allowed.Any(allowed => path.EndsWith(allowed.Path, StringComparison.Ordinal));

    // Ours goes on where Elsa's stops: which activity it was, and the cause.
    static bool IsLongerMessage(string path, JsonNode? recorded, JsonNode? answered) =>
        path.EndsWith("essage", StringComparison.Ordinal) && answered!.GetValue<string>().StartsWith(recorded!.GetValue<string>(), StringComparison.Ordinal);

    static string Short(JsonNode? node) => node?.ToJsonString() is { } text ? text[..Math.Min(text.Length, 300)] : "nothing";
}
