using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>The form that runs a workflow for a month, as a browser without scripts sends it, and what the Studio's own button does.</summary>
public sealed partial class RunFormTests(PostgresFixture postgres) : IDisposable
{
    HttpClient browser = new();

    const string Page = "/studio/definitions/monthly/run", Execute = "/elsa/api/workflow-definitions/monthly/execute";

    const string Inputs = """
        "inputs":[{"name":"rows","type":"Int32","defaultValue":1000,"description":"Sales to make."},{"name":"shop","type":"String","isRequired":true},
                  {"name":"fast","type":"Boolean","defaultValue":true},{"name":"rule","type":"Object","defaultValue":{"a":"<b>"}}],
        """;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Form_shows_inputs_with_defaults_and_starts_a_run_with_what_was_filled_in_once()
    {
        await using var server = await StartAsync();
        var form = await FormOfAsync($"{Page}?month=2026-10");
        Assert.Equal(("2026-10", "2026-10", "1000", "", "true", """{"a":"<b>"}"""), (form["month"], form["seen"], form["input.rows"], form["input.shop"], form["input.fast"], form["input.rule"]));
        (form["input.rows"], form["input.shop"], form["input.fast"]) = ("20", "@/etc/hostname", "");

        var first = await SendAsync(form);
        var second = await SendAsync(form);

        Assert.Equal((HttpStatusCode.SeeOther, first.Location), (first.Status, second.Location));
        var run = Assert.Single(await RunsAsync(server));
        Assert.Equal(("2026-10", $"/runs/{run.Id}"), (run.Partition.ToString(), first.Location));
        var inputs = await server.Services.GetRequiredService<RunStore>().GetInputsAsync(run.Id, Token);
        Assert.Equal("20 @/etc/hostname True b", $"{inputs["rows"]} {inputs["shop"]} {inputs["fast"].GetBoolean()} {inputs["rule"].GetProperty("a").GetString()!.Trim('<', '>')}");
    }

    [Theory]
    [InlineData("month", "June", 400, "which is not a month")]
    [InlineData("input.rows", "many", 422, "takes a whole number")]
    [InlineData("input.shop", "", 422, "needs the input &#x27;shop&#x27;")]
    public async Task What_is_wrong_is_said_in_the_form_and_nothing_is_started(string field, string text, int status, string reason)
    {
        await using var server = await StartAsync();
        var form = await FormOfAsync($"{Page}?month=2026-10");
        form["input.shop"] = "S-12";
        form[field] = text;
        var refused = await SendAsync(form);
        Assert.Equal(status, (int)refused.Status);
        Assert.Contains(reason, refused.Html, StringComparison.Ordinal);
        if (field.StartsWith("input.", StringComparison.Ordinal)) Assert.Equal(text, FieldsOf(refused.Html)[field]);
        Assert.Empty(await RunsAsync(server));
    }

    [Fact]
    public async Task Data_of_another_month_than_was_shown_is_replaced_only_after_it_was_shown()
    {
        await using var server = await StartAsync();
        server.Work["A1"] = context =>
        {
            context.AddMaterialization(RuntimeHarness.Draft("raw/sales", context.Attempt.Partition));
            return Task.CompletedTask;
        };
        var form = await FormOfAsync($"{Page}?month=2026-09");
        form["input.shop"] = "S-12";
        await SendAsync(form);
        await Eventually.IsAsync("the end of the run", async () => (await RunsAsync(server)).All(run => run.Status is RunStatus.Succeeded));

        form = await FormOfAsync($"{Page}?month=2026-10");
        (form["input.shop"], form["month"]) = ("S-12", "2026-09");
        var asked = await SendAsync(form);
        Assert.Equal(HttpStatusCode.OK, asked.Status);
        Assert.Contains("There is data of <b>2026-09</b> already", asked.Html, StringComparison.Ordinal);
        Assert.Contains("raw/sales", asked.Html, StringComparison.Ordinal);
        Assert.Single(await RunsAsync(server));

        Assert.Equal(HttpStatusCode.SeeOther, (await SendAsync(FieldsOf(asked.Html))).Status);
        Assert.Equal(2, (await RunsAsync(server)).Count);
    }

    [Fact]
    public async Task Run_that_stands_in_the_way_is_named()
    {
        await using var server = await StartAsync();
        server.Work["A1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var form = await FormOfAsync($"{Page}?month=2026-10");
        form["input.shop"] = "S-12";
        await SendAsync(form);
        var again = await FormOfAsync($"{Page}?month=2026-10");
        again["input.shop"] = "S-13";
        var refused = await SendAsync(again);
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains($"href=\"/runs/{Assert.Single(await RunsAsync(server)).Id}\"", refused.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_that_is_not_ours_starts_nothing_and_an_unknown_workflow_has_none()
    {
        await using var server = await StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(new() { ["month"] = "2026-10", ["input.shop"] = "S-12" })).Status);
        Assert.Empty(await RunsAsync(server));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/studio/definitions/nowhere/run", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync($"{Page}?version=9", Token)).StatusCode);
    }

    [Fact]
    public async Task Draft_is_run_only_where_it_is_chosen()
    {
        await using var server = await StartAsync();
        var draft = await server.GetAsync("/elsa/api/workflow-definitions/by-definition-id/monthly?versionOptions=Latest");
        var model = System.Text.Json.Nodes.JsonNode.Parse(draft.GetRawText())!;
        model["description"] = "Newer";
        await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions", new { model });
        var form = await FormOfAsync($"{Page}?month=2026-10");
        Assert.Equal("1", form["version"]);
        (form["version"], form["input.shop"]) = ("2", "S-12");
        await SendAsync(form);
        Assert.Equal(2, Assert.Single(await RunsAsync(server)).DefinitionVersion);
    }

    [Fact]
    public async Task Button_that_cannot_ask_for_a_month_starts_nothing_and_programs_get_the_month_before()
    {
        await using var server = await StartAsync();
        var (status, answer, _) = await server.SendAsync(HttpMethod.Post, Execute, new { versionOptions = "Latest", input = new { shop = "S-12" } }, ("X-Orchestrator-Month", "ask"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Test works on a month, and Run cannot ask for one. Choose it with 'Run for a month…', which also shows what is replaced.",
            answer.GetProperty("errors").GetProperty("generalErrors")[0].GetString());
        Assert.Empty(await RunsAsync(server));

        await server.SendAsync(HttpMethod.Post, Execute, new { input = new { shop = "S-12", partition = "2026-08" } }, ("X-Orchestrator-Month", "ask"));
        await server.SendAsync(HttpMethod.Post, Execute, new { input = new { shop = "S-12" } });
        var months = (await RunsAsync(server)).Select(run => run.Partition.ToString()).ToList();
        Assert.Equal(2, months.Count);
        Assert.Contains("2026-08", months);
    }

    [Theory]
    [InlineData("/studio/workflows/instances/0193aaaa-0000-7000-8000-000000000000/view", "/studio/instances/0193aaaa-0000-7000-8000-000000000000")]
    [InlineData("/studio/workflows/definitions/monthly/edit", "/studio/definitions/monthly")]
    public async Task Address_that_the_elements_write_leads_to_ours(string address, string ours)
    {
        await using var server = await StartAsync();
        using var answer = await browser.GetAsync(address, Token);
        Assert.Equal((HttpStatusCode.Redirect, ours), (answer.StatusCode, answer.Headers.Location!.OriginalString));
    }

    public void Dispose() => browser.Dispose();

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        browser.Dispose();
        browser = new(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Address };
        server.AddDefinition("monthly", RuntimeHarness.FlowchartOf("Test.MonthJob", ["A1 -> B1"]).Replace("\"definitionId\":\"test\",", $"\"definitionId\":\"monthly\",{Inputs}", StringComparison.Ordinal));
        return server;
    }

    static Task<IReadOnlyList<Run>> RunsAsync(ServerHarness server) => server.Services.GetRequiredService<RunStore>().ListAsync(new(), Token);

    async Task<Dictionary<string, string>> FormOfAsync(string address)
    {
        using var answer = await browser.GetAsync(address, Token);
        var html = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.StatusCode is HttpStatusCode.OK, html);
        return FieldsOf(html);
    }

    async Task<(HttpStatusCode Status, string? Location, string Html)> SendAsync(Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var answer = await browser.PostAsync(Page, content, Token);
        return (answer.StatusCode, answer.Headers.Location?.OriginalString, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>The fields as a browser would send them.</summary>
    static Dictionary<string, string> FieldsOf(string html)
    {
        var fields = new Dictionary<string, string>();
        foreach (Match input in InputElement().Matches(html)) fields[input.Groups["name"].Value] = WebUtility.HtmlDecode(input.Groups["value"].Value);
        foreach (Match area in TextArea().Matches(html)) fields[area.Groups["name"].Value] = WebUtility.HtmlDecode(area.Groups["value"].Value);
        foreach (Match select in SelectElement().Matches(html)) fields[select.Groups["name"].Value] = ChosenOption().Match(select.Groups["options"].Value).Groups["value"].Value;
        return fields;
    }

    [GeneratedRegex("""<input (?=[^>]*\bname="(?<name>[^"]*)")(?=[^>]*\bvalue="(?<value>[^"]*)"|)[^>]*>""", RegexOptions.ExplicitCapture)]
    private static partial Regex InputElement();

    [GeneratedRegex("""<textarea name="(?<name>[^"]*)"[^>]*>(?<value>[^<]*)</textarea>""", RegexOptions.ExplicitCapture)]
    private static partial Regex TextArea();

    [GeneratedRegex("""<select name="(?<name>[^"]*)">(?<options>.*?)</select>""", RegexOptions.ExplicitCapture | RegexOptions.Singleline)]
    private static partial Regex SelectElement();

    [GeneratedRegex("""<option value="(?<value>[^"]*)" selected""", RegexOptions.ExplicitCapture)]
    private static partial Regex ChosenOption();
}
