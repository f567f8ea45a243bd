using System.Net;
using System.Net.Http.Json;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>What the code editor of the designer is told.</summary>
public sealed class ScriptingApiTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Languages_and_the_names_that_scripts_of_a_workflow_see_are_told()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var languages = (await server.GetAsync("/elsa/api/descriptors/expression-descriptors")).GetProperty("items").EnumerateArray().ToDictionary(item => item.GetProperty("type").GetString()!);
        Assert.Equal(["Input", "JavaScript", "Json", "Liquid", "Literal", "Object", "Variable"], languages.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("liquid", true), (languages["Liquid"].GetProperty("properties").GetProperty("MonacoLanguage").GetString(), languages["Liquid"].GetProperty("isBrowsable").GetBoolean()));

        var (status, saved, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new
        {
            model = new
            {
                definitionId = "greet",
                name = "Greet",
                inputs = new[] { new { name = "who", type = "String" } },
                variables = new[] { new { id = "1", name = "total", typeName = "Int32" } },
                root = new { id = "Flowchart1", type = "Elsa.Flowchart", activities = new[] { new { id = "Ask1", type = "Elsa.FlowSendHttpRequest" } } },
            },
        });
        Assert.True(status is HttpStatusCode.OK or HttpStatusCode.Created, saved.ToString());
        using var answer = await server.Client.PostAsJsonAsync(new Uri("/elsa/api/scripting/javascript/type-definitions/greet", UriKind.Relative),
            new { workflowDefinitionId = "greet", activityTypeName = "Elsa.WriteLine", propertyName = "Text" }, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "application/x-typescript"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        foreach (var line in (string[])["getCorrelationId(): string", "getSecret(name: string): string", "getTotal(): number", "getwho(): string", "getStatusCodeFromAsk1(): number"])
            Assert.Contains($"declare function {line};\n", text, StringComparison.Ordinal);
        (status, _, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/scripting/javascript/type-definitions/nobody", new { });
        Assert.Equal(HttpStatusCode.NotFound, status);
    }
}
