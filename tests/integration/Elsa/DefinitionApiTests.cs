using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Server.Access;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>Definitions over Elsa's API: files, bulk actions, who may do what, and input that nobody should send.</summary>
public sealed class DefinitionApiTests(PostgresFixture postgres)
{
    const string Definitions = "/elsa/api/workflow-definitions";

    static readonly IReadOnlyList<JsonNode> Samples =
    [
        .. JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "tests/data/elsa-api/exchanges.json")))!.AsArray()
            .Where(exchange => (string)exchange!["method"]! == "POST" && exchange["body"]?["model"] is not null).Select(exchange => exchange!["body"]!),
    ];

    [Fact]
    public async Task Every_sample_is_saved_read_and_saved_again_without_a_change()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        foreach (var sample in Samples)
        {
            var (_, saved, _) = await server.SendAsync(HttpMethod.Post, Definitions, sample.ToJsonString());
            var read = await server.GetAsync($"{Definitions}/by-id/{saved.GetProperty("workflowDefinition").GetProperty("id").GetString()}");
            var (_, again, _) = await server.SendAsync(HttpMethod.Post, Definitions, new { model = read, publish = false });
            var second = again.GetProperty("workflowDefinition");

            Assert.True(JsonElement.DeepEquals(read.GetProperty("root"), second.GetProperty("root")), $"{read.GetProperty("root")}\n{second.GetProperty("root")}");
            Assert.True(JsonElement.DeepEquals(read.GetProperty("variables"), second.GetProperty("variables")));
            Assert.True(Contains(read.GetProperty("root"), JsonElement.Parse(sample["model"]!["root"]!.ToJsonString())), $"{read.GetProperty("root")} is not all of {sample["model"]!["root"]}");
        }
    }

    [Fact]
    public async Task Unknown_activity_is_shown_as_a_stand_in_moved_saved_and_exported_as_it_was()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var (_, saved, _) = await server.SendAsync(HttpMethod.Post, Definitions, """
            {"model":{"definitionId":"odd","name":"Odd","root":{"id":"chart","type":"Elsa.Flowchart","version":1,
             "activities":[{"id":"X1","type":"Other.Thing","version":3,"secretSauce":{"a":[1,2]}}],"connections":[]}}}
            """);
        var model = JsonNode.Parse(saved.GetProperty("workflowDefinition").GetRawText())!;
        Assert.Equal("Elsa.NotFoundActivity", (string)model["root"]!["activities"]![0]!["type"]!);
        model["root"]!["activities"]![0]!["metadata"]!["designer"] = JsonNode.Parse("""{"position":{"x":7,"y":8}}""");

        await server.SendAsync(HttpMethod.Post, Definitions, new { model });
        var exported = await server.GetAsync($"{Definitions}/odd/export");

        var activity = exported.GetProperty("root").GetProperty("activities")[0];
        Assert.Equal(("Other.Thing", 3, 2, 7), (activity.GetProperty("type").GetString(), activity.GetProperty("version").GetInt32(),
            activity.GetProperty("secretSauce").GetProperty("a")[1].GetInt32(), activity.GetProperty("metadata").GetProperty("designer").GetProperty("position").GetProperty("x").GetInt32()));
    }

    [Fact]
    public async Task Definitions_leave_as_files_and_come_back_one_by_one_or_in_a_ZIP()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        foreach (var id in (string[])["one", "two"]) await server.SendAsync(HttpMethod.Post, Definitions, Save(id, publish: true));
        var ids = (await server.GetAsync(Definitions)).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!).ToList();
        using var answer = await server.Client.PostAsync(new Uri("/elsa/api/bulk-actions/export/workflow-definitions", UriKind.Relative),
            new StringContent(JsonSerializer.Serialize(new { ids }), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var zip = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal("workflow-definitions.zip", answer.Content.Headers.ContentDisposition!.FileName);
        var (_, deleted, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/bulk-actions/delete/workflow-definitions/by-definition-id", new { definitionIds = (string[])["one", "two", "three"] });
        Assert.Equal(2, deleted.GetProperty("deleted").GetInt32());

        var (imported, counted) = await UploadAsync(server, ("all.zip", zip), ("three.json", Encoding.UTF8.GetBytes(Save("three")["model"]!.ToJsonString())));

        Assert.Equal((HttpStatusCode.OK, 3), (imported, counted.GetProperty("count").GetInt32()));
        Assert.Equal(["one True", "three False", "two True"], (await server.GetAsync(Definitions)).GetProperty("items").EnumerateArray()
            .Select(item => $"{item.GetProperty("definitionId").GetString()} {item.GetProperty("isPublished")}").Order(StringComparer.Ordinal));
        var (again, one, _) = await server.SendAsync(HttpMethod.Post, $"{Definitions}/import", await server.GetAsync($"{Definitions}/one/export"));
        Assert.Equal((HttpStatusCode.OK, 1), (again, one.GetProperty("version").GetInt32()));
    }

    [Fact]
    public async Task ZIP_that_unpacks_to_more_than_is_taken_is_refused()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        using var bomb = new MemoryStream();
        await using (var archive = new ZipArchive(bomb, ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var entry = await archive.CreateEntry("bomb.json").OpenAsync(TestContext.Current.CancellationToken);
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 40; i++) await entry.WriteAsync(zeros, TestContext.Current.CancellationToken);
        }

        var (status, problem) = await UploadAsync(server, ("bomb.zip", bomb.ToArray()));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("bomb.zip/bomb.json is larger than it may be", problem.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await UploadAsync(server, ("broken.zip", "PK\u0003\u0004nonsense"u8.ToArray()))).Status);
    }

    [Fact]
    public async Task Many_are_published_and_retracted_reverted_and_found_inside()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        foreach (var id in (string[])["one", "two"]) await server.SendAsync(HttpMethod.Post, Definitions, Save(id));
        object all = new { definitionIds = (string[])["one", "two", "nowhere"] };

        var (_, published, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/bulk-actions/publish/workflow-definitions/by-definition-ids", all);
        var (_, retracted, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/bulk-actions/retract/workflow-definitions/by-definition-ids", all);
        var (_, reverted, _) = await server.SendAsync(HttpMethod.Post, $"{Definitions}/one/revert/1", new { });

        Assert.Equal("""{"published":["one","two"],"alreadyPublished":[],"notFound":["nowhere"],"skipped":[],"updatedConsumers":[]}""", published.GetRawText());
        Assert.Equal("""{"retracted":["one","two"],"alreadyRetracted":[],"notFound":["nowhere"],"skipped":[]}""", retracted.GetRawText());
        Assert.Equal((2, true, false), (reverted.GetProperty("version").GetInt32(), reverted.GetProperty("isLatest").GetBoolean(), reverted.GetProperty("isPublished").GetBoolean()));
        var id2 = reverted.GetProperty("id").GetString();
        var place = await server.GetAsync($"{Definitions}/subgraph/{id2}?parentNodeId=Workflow1:chart:If1");
        Assert.Equal("Elsa.If", place.GetProperty("activity").GetProperty("type").GetString());
        var segments = await server.GetAsync($"{Definitions}/subgraph/segments/{id2}?childNodeId=Workflow1:chart:If1:Then1");
        Assert.Equal(("If1", "then", "Workflow1:chart:If1:Then1"), (segments.GetProperty("pathSegments")[0].GetProperty("activityId").GetString(),
            segments.GetProperty("pathSegments")[0].GetProperty("portName").GetString(), segments.GetProperty("childNode").GetProperty("nodeId").GetString()));
        Assert.Equal(2, (await server.GetAsync($"{Definitions}/query/count")).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Definition_that_would_surely_fail_stays_a_draft_and_says_where()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var broken = Save("broken", publish: true);
        broken["model"]!["root"]!["activities"]![0]!["text"]!["expression"] = JsonNode.Parse("""{"type":"JavaScript","value":"1 +"}""");

        var (status, problem, _) = await server.SendAsync(HttpMethod.Post, Definitions, broken.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("$.root.activities[0].text.expression.value: ", problem.GetProperty("errors").GetProperty("generalErrors")[0].GetString(), StringComparison.Ordinal);
        Assert.False((await server.GetAsync($"{Definitions}/by-definition-id/broken?versionOptions=Latest")).GetProperty("isPublished").GetBoolean());
    }

    [Fact]
    public async Task Viewer_reads_without_the_links_that_let_the_Studio_edit()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        var (author, viewer) = (await server.AddTokenAsync(AccessRole.Author), await server.AddTokenAsync(AccessRole.Viewer));
        (string, string) As(string token) => ("Authorization", $"Bearer {token}");
        await server.SendAsync(HttpMethod.Post, Definitions, Save("one").ToJsonString(), As(author));

        var (_, list, _) = await server.SendAsync(HttpMethod.Get, Definitions, null, As(viewer));
        var (_, one, _) = await server.SendAsync(HttpMethod.Get, $"{Definitions}/by-definition-id/one", null, As(viewer));
        var (refused, _, _) = await server.SendAsync(HttpMethod.Post, Definitions, Save("two").ToJsonString(), As(viewer));

        Assert.DoesNotContain("publish", list.GetRawText().Replace("isPublished", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("\"publish\"", one.GetProperty("links").GetRawText(), StringComparison.Ordinal);
        Assert.Contains("\"bulk-publish\"", (await server.SendAsync(HttpMethod.Get, Definitions, null, As(author))).Body.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, refused);
    }

    [Theory]
    [InlineData("", "$")]
    [InlineData("{", "$")]
    [InlineData("[]", "$")]
    [InlineData("null", "$")]
    [InlineData("""{"model":7}""", "$")]
    [InlineData("""{"model":{"definitionId":7}}""", "$.definitionId")]
    [InlineData("""{"model":{"name":"No root"}}""", "$.root")]
    [InlineData("""{"model":{"root":[]}}""", "$.root")]
    [InlineData("""{"model":{"root":{"id":"a","type":7}}}""", "$.root.type")]
    [InlineData("""{"model":{"root":{"id":"a","type":"Elsa.Sequence","activities":[7]}}}""", "$.root.activities[0]")]
    [InlineData("""{"model":{"name":"\ud800","root":{"id":"a","type":"Elsa.Sequence"}}}""", "$")]
    [InlineData("""{"model":{"variables":[{"name":7}],"root":{"id":"a","type":"Elsa.Sequence"}}}""", "$.variables[0].name")]
    [InlineData("""{"model":{"root":{"id":"a","type":"Elsa.Sequence"}},"publish":"yes"}""", "$.publish")]
    public async Task Wrong_shape_is_refused_with_its_place(string body, string place)
    {
        await using var server = await ServerHarness.StartAsync(postgres);

        var (status, problem, _) = await server.SendAsync(HttpMethod.Post, Definitions, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(problem.GetProperty("errors").GetProperty("generalErrors").EnumerateArray(), error => error.GetString()!.StartsWith($"{place}: ", StringComparison.Ordinal) || error.GetString()!.StartsWith($"{place}.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Large_and_deep_definitions_are_taken_or_refused_and_the_server_stays_up()
    {
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Api:RequestTimeout"] = "00:01:00" });
        var many = Save("many", publish: true);
        var activities = many["model"]!["root"]!["activities"]!.AsArray();
        for (var i = 0; i < 10_000; i++) activities.Add(JsonNode.Parse($$$$"""{"id":"W{{{{i}}}}","type":"Elsa.WriteLine","metadata":{"designer":{"position":{"x":{{{{i}}}},"y":1},"size":{"width":165,"height":54}}},"text":{"typeName":"String","expression":{"type":"Literal","value":"Line {{{{i}}}}"}}}"""));
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Post, Definitions, many.ToJsonString())).Status);
        Assert.Equal(10_002, (await server.GetAsync($"{Definitions}/by-definition-id/many")).GetProperty("root").GetProperty("activities").GetArrayLength());

        foreach (var (depth, status) in ((int, HttpStatusCode)[])[(480, HttpStatusCode.OK), (5_000, HttpStatusCode.BadRequest), (200_000, HttpStatusCode.BadRequest)])
        {
            var deep = new StringBuilder("""{"model":{"definitionId":"deep","root":""");
            for (var i = 0; i < depth; i++) deep.Append($$"""{"id":"S{{i}}","type":"Elsa.Sequence","activities":[""");
            deep.Append("""{"id":"W","type":"Elsa.WriteLine"}""").Insert(deep.Length, "]}", depth).Append("}}");
            Assert.Equal((depth, status), (depth, await StatusOfAsync(server, HttpMethod.Post, Definitions, deep.ToString())));
        }
        Assert.Equal(HttpStatusCode.OK, await StatusOfAsync(server, HttpMethod.Get, $"{Definitions}/by-definition-id/deep"));
        var tooLarge = await StatusOfAsync(server, HttpMethod.Post, Definitions, "{\"model\":{\"name\":\"" + new string('x', 50 * 1024 * 1024) + "\"}}");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge);
        await server.GetAsync(Definitions);
    }

    [Fact]
    public async Task Mutated_samples_are_saved_or_refused_and_never_break_the_server()
    {
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Api:RequestsPerSecond"] = "100000" });
        var mutations = Gen.Sample(Mutations, 300).ToList();

        foreach (var (sample, place, value) in mutations)
        {
            var body = Samples[sample % Samples.Count].DeepClone();
            Replace(body, place, value);
            var (status, answer, _) = await server.SendAsync(HttpMethod.Post, Definitions, body.ToJsonString());
            Assert.True((int)status < 500, $"{status}: {body} gave {answer}");
            if (status is not HttpStatusCode.OK) continue;
            var id = answer.GetProperty("workflowDefinition").GetProperty("id").GetString();
            var (read, _, _) = await server.SendAsync(HttpMethod.Get, $"{Definitions}/by-id/{id}");
            Assert.True(read is HttpStatusCode.OK, $"{read}: {body} was saved but cannot be read.");
        }
        await server.GetAsync($"{Definitions}?versionOptions=AllVersions");
        await server.GetAsync("/api/v1/workflows");
    }

    [Fact]
    public async Task Page_of_a_thousand_definitions_comes_at_once()
    {
        await using var server = await ServerHarness.StartAsync(postgres, settings: new() { ["Api:RequestsPerSecond"] = "100000" });
        var saving = Stopwatch.StartNew();
        for (var i = 0; i < 1_000; i++) await server.SendAsync(HttpMethod.Post, Definitions, Save($"workflow-{i}", publish: true));
        TestContext.Current.SendDiagnosticMessage($"Saving and publishing 1,000 took {saving.Elapsed}.");
        var times = new List<TimeSpan>();
        for (var i = 0; i < 20; i++)
        {
            var watch = Stopwatch.StartNew();
            var page = await server.GetAsync($"{Definitions}?versionOptions=Latest&Page={i}&PageSize=10&SearchTerm=workflow&OrderBy=Name");
            times.Add(watch.Elapsed);
            Assert.Equal((10, 1_000), (page.GetProperty("items").GetArrayLength(), page.GetProperty("totalCount").GetInt32()));
        }
        TestContext.Current.SendDiagnosticMessage($"A page took {times.Order().ElementAt(10)}, at most {times.Max()}.");
        // Far above what it takes, so that a busy machine does not fail it; reading 1,000 documents would.
        Assert.True(times.Order().ElementAt(10) < TimeSpan.FromMilliseconds(250), $"A page took {times.Order().ElementAt(10)}.");
    }

    static Gen<(int Sample, int Place, JsonNode? Value)> Mutations =>
        from sample in Gen.Choose(0, 1_000)
        from place in Gen.Choose(0, 5_000)
        from value in Gen.Elements<string>("null", "7", "-1", "1e400", "true", "[]", "{}", "\"\"", "\"x\"", "\"\\u0000\"", "[[]]", "[null]", "[7]", """{"id":"a"}""", """{"type":"Elsa.If"}""",
            """{"expression":7}""", """{"expression":{"type":[]}}""", """{"memoryReference":[]}""", """{"source":7,"target":{}}""", """{"id":"chart","type":"Elsa.Flowchart","activities":{}}""", "\"Elsa.NotFoundActivity\"")
        select (sample, place, JsonNode.Parse(value));

    // The n-th value of the document, in any order, becomes another one.
    static void Replace(JsonNode document, int place, JsonNode? value)
    {
        var places = new List<(JsonNode Parent, object Key)>();
        var open = new Stack<JsonNode>([document]);
        while (open.TryPop(out var node))
        {
            if (node is JsonObject given) foreach (var (name, inner) in given) { places.Add((given, name)); if (inner is not null) open.Push(inner); }
            if (node is JsonArray items) for (var i = 0; i < items.Count; i++) { places.Add((items, i)); if (items[i] is { } inner) open.Push(inner); }
        }
        var (parent, key) = places[place % places.Count];
        if (key is string property) parent[property] = value?.DeepClone();
        else parent[(int)key] = value?.DeepClone();
    }

    // Whether all that the second one says is in the first one, which may say more.
    static bool Contains(JsonElement all, JsonElement part)
    {
        if (part.ValueKind is JsonValueKind.Object && all.ValueKind is JsonValueKind.Object)
            return part.EnumerateObject().All(property => (all.TryGetProperty(property.Name, out var value) && Contains(value, property.Value)) || IsStandIn(all));
        if (part.ValueKind is JsonValueKind.Array && all.ValueKind is JsonValueKind.Array)
            return all.GetArrayLength() == part.GetArrayLength() && all.EnumerateArray().Zip(part.EnumerateArray()).All(pair => Contains(pair.First, pair.Second));
        return JsonElement.DeepEquals(all, part);
    }

    static bool IsStandIn(JsonElement activity) => activity.TryGetProperty("originalActivityJson", out _);

    // A definition may be nested deeper than the harness reads.
    static async Task<HttpStatusCode> StatusOfAsync(ServerHarness server, HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        // What is refused by its size is refused before it is sent.
        request.Headers.ExpectContinue = true;
        using var answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    static JsonNode Save(string id, bool publish = false) => JsonNode.Parse($$$$"""
        {"model":{"definitionId":"{{{{id}}}}","name":"{{{{id}}}}","toolVersion":"3.8.0.0","root":{"id":"chart","type":"Elsa.Flowchart","version":1,"activities":[
          {"id":"Write1","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"Literal","value":"{{{{id}}}}"}}},
          {"id":"If1","type":"Elsa.If","version":1,"condition":{"typeName":"Boolean","expression":{"type":"Literal","value":"true"}},
           "then":{"id":"Then1","type":"Elsa.WriteLine","version":1}}],
          "connections":[{"source":{"activity":"Write1","port":"Done"},"target":{"activity":"If1","port":"In"}}]}},"publish":{{{{(publish ? "true" : "false")}}}}}
        """)!;

    static async Task<(HttpStatusCode Status, JsonElement Body)> UploadAsync(ServerHarness server, params (string Name, byte[] Content)[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, content) in files)
        {
            var part = new ByteArrayContent(content);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            form.Add(part, "files", name);
        }
        using var answer = await server.Client.PostAsync(new Uri($"{Definitions}/import-files", UriKind.Relative), form, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }
}
