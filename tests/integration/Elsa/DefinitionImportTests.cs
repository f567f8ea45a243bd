using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>Files that people have, and the form in which definitions leave.</summary>
public sealed class DefinitionImportTests(PostgresFixture postgres)
{
    const string Definitions = "/elsa/api/workflow-definitions";

    const string StateMachine = """{"definitionId":"states","name":"States","root":{"id":"m","type":"Elsa.StateMachine","states":[]}}""";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_file_that_is_valid_is_imported_however_it_is_written()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, services: ServerHarness.AddRealActivities);
        var minimal = """{ "definitionId": "minimal", "root": { "id": "WriteLine1", "type": "Elsa.WriteLine" } }""";
        var files = new List<(string Name, byte[] Content)>
        {
            ("minimal.json", Encoding.UTF8.GetBytes(minimal)),
            ("schema.json", Encoding.UTF8.GetBytes(Named(minimal, "schema", """{"$schema":"https://example.org/other.json"}"""))),
            ("tool.json", Encoding.UTF8.GetBytes(Named(minimal, "tool", """{"toolVersion":"of mine","id":null,"name":null,"publish":true,"mine":{"kept":[1]}}"""))),
            ("mark.json", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Named(minimal, "mark", "{}"))]),
            ("wide.json", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Named(minimal, "wide", """{"name":"Käse"}"""))]),
            ("wider.json", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Named(minimal, "wider", "{}"))]),
        };
        foreach (var shipped in (string[])["monthly-sales", "import-sales"]) files.Add(($"{shipped}.json", await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "workflows", $"{shipped}.json"), Token)));
        var library = (DefinitionLibrary)server.Services.GetService(typeof(DefinitionLibrary))!;
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(server.Folder, name);
            await File.WriteAllBytesAsync(path, content, Token);
            Assert.Empty(library.Check(path));
            var (status, answer) = await UploadAsync(server, "", (name, content));
            Assert.True(status is HttpStatusCode.OK, $"{name}: {answer}");
        }
        Assert.Equal(files.Select(file => Path.GetFileNameWithoutExtension(file.Name)).Order(), (await server.GetAsync(Definitions)).GetProperty("items").EnumerateArray()
            .Select(item => item.GetProperty("definitionId").GetString()!).Order());
        Assert.Equal(1, (await server.GetAsync($"{Definitions}/tool/export")).GetProperty("mine").GetProperty("kept")[0].GetInt32());
        var (one, _, _) = await server.SendAsync(HttpMethod.Post, $"{Definitions}/import", $"\uFEFF{Named(minimal, "body", """{"$schema":7}""")}");
        Assert.Equal(HttpStatusCode.OK, one);
    }

    [Theory]
    [InlineData("import")]
    [InlineData("import-files")]
    public async Task State_machine_is_refused_with_the_reason_and_nothing_of_it_is_kept(string way)
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        var inner = Named("""{"definitionId":"inner","root":{"id":"s","type":"Elsa.Sequence","activities":[{"id":"m","type":"Elsa.StateMachine"}]}}""", "inner", "{}");
        foreach (var text in (string[])[StateMachine, inner])
        {
            var (status, answer) = way is "import" ? await PostAsync(server, text) : await UploadAsync(server, "", ("states.json", Encoding.UTF8.GetBytes(text)));
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.Contains("State machines are not executed here. Draw the workflow as a flowchart", answer.GetProperty("errors").GetProperty("generalErrors")[0].GetString(), StringComparison.Ordinal);
        }
        Assert.Equal(0, (await server.GetAsync(Definitions)).GetProperty("totalCount").GetInt32());
    }

    [Fact]
    public async Task File_becomes_the_next_version_of_the_workflow_that_it_is_imported_into()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        await UploadAsync(server, "?as=mine", ("x.json", """{ "definitionId": "theirs", "root": { "id": "WriteLine1", "type": "Elsa.WriteLine" } }"""u8.ToArray()));
        Assert.Equal("mine", Assert.Single((await server.GetAsync(Definitions)).GetProperty("items").EnumerateArray()).GetProperty("definitionId").GetString());
    }

    [Fact]
    public async Task Inputs_and_variables_are_shown_and_exported_as_objects_however_they_were_written()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        await server.SendAsync(HttpMethod.Post, Definitions, """
            {"model":{"definitionId":"bound","name":"Bound","inputs":[{"name":"Rows","type":"Int32","defaultValue":5}],"variables":[{"id":"v1","name":"Staged","typeName":"Object"}],
             "root":{"id":"chart","type":"Elsa.Flowchart","version":1,"connections":[],"activities":[
              {"id":"A","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Input","value":"rows"}}},
              {"id":"B","type":"Elsa.WriteLine","text":{"expression":{"type":"Input","value":"{\"name\":\"Rows\",\"uiHint\":\"x\"}"}}},
              {"id":"C","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Variable","value":"Staged"}}},
              {"id":"D","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Variable","value":"v1"}}},
              {"id":"E","type":"Elsa.SetVariable","variable":"v1"},
              {"id":"F","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Input","value":"gone"}}},
              {"id":"G","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Input","value":""}}},
              {"id":"H","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"JavaScript","value":"rows"}}}]}}}
            """);
        var shown = (await server.GetAsync($"{Definitions}/by-definition-id/bound?versionOptions=Latest")).GetProperty("root").GetProperty("activities").EnumerateArray().ToList();
        var exported = (await server.GetAsync($"{Definitions}/bound/export")).GetProperty("root").GetProperty("activities").EnumerateArray().ToList();
        string[] expected =
        [
            """{"name":"Rows","type":"Int32"}""", """{"name":"Rows","uiHint":"x"}""", """{"id":"v1","name":"Staged","typeName":"Object"}""", """{"id":"v1","name":"Staged","typeName":"Object"}""",
            """{"id":"v1","name":"Staged","typeName":"Object"}""", """{"name":"gone"}""", "\"\"", "\"rows\"",
        ];
        Assert.Equal(expected, shown.Select(Value));
        Assert.Equal(expected, exported.Select(Value));

        static string Value(JsonElement activity) => (activity.TryGetProperty("variable", out var variable) ? variable
            : activity.GetProperty("text").GetProperty("expression").GetProperty("value")) is var value ? JsonSerializer.Serialize(value) : "";
    }

    static string Named(string json, string id, string more)
    {
        var document = JsonNode.Parse(json)!.AsObject();
        document["definitionId"] = id;
        foreach (var (name, value) in JsonNode.Parse(more)!.AsObject()) document[name] = value?.DeepClone();
        return document.ToJsonString();
    }

    static async Task<(HttpStatusCode Status, JsonElement Body)> PostAsync(ServerHarness server, string text)
    {
        var (status, body, _) = await server.SendAsync(HttpMethod.Post, $"{Definitions}/import", text);
        return (status, body);
    }

    static async Task<(HttpStatusCode Status, JsonElement Body)> UploadAsync(ServerHarness server, string query, params (string Name, byte[] Content)[] files)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (name, content) in files) form.Add(new ByteArrayContent(content), "files", name);
        using var answer = await server.Client.PostAsync(new Uri($"{Definitions}/import-files{query}", UriKind.Relative), form, Token);
        return (answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(Token)));
    }
}
