using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>Whoever starts a run, its inputs and its month are judged by the same rules.</summary>
public sealed class EntryPointTests(PostgresFixture postgres)
{
    const string Definition = """
        {"definitionId":"orders","name":"Orders",
         "inputs":[{"name":"Rows","type":"Int32","isRequired":true},{"name":"Source","type":"String","defaultValue":"shop"}],
         "root":{"id":"root","type":"Elsa.Sequence","activities":[{"id":"A1","type":"Test.ServerJob"}]}}
        """;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"rows":"many"}""", "Input 'Rows' (Int32): \"many\" cannot be converted to Int32. Give a whole number that fits Int32.")]
    [InlineData("""{"rows":5,"color":"red"}""", "Workflow 'orders' has no input 'color'. It takes Rows (Int32), Source (String).")]
    [InlineData("""{"rows":5,"ROWS":6}""", "Input 'Rows' is given twice. Give it once.")]
    [InlineData("""{}""", "Workflow 'orders' needs the input 'Rows'.")]
    [InlineData("""{"rows":null}""", "Workflow 'orders' needs the input 'Rows'.")]
    public async Task Inputs_are_refused_with_the_same_words_wherever_they_are_given(string inputs, string message)
    {
        await using var server = await StartAsync();
        Assert.Equal(message, await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "run.bad_input", $$$"""{"workflow":"orders","inputs":{{{inputs}}}}"""));
        Assert.Equal(message, await server.RefusedAsync(HttpMethod.Post, "/api/v1/workflows/run", 422, "run.bad_input", $$$"""{"definition":{{{Definition}}},"inputs":{{{inputs}}}}"""));
        Assert.Equal(message, await server.RefusedAsync(HttpMethod.Post, "/api/v1/schedules", 422, "run.bad_input", $$$"""{"workflow":"orders","cron":"0 2 1 * *","inputs":{{{inputs}}}}"""));
        foreach (var isDry in (string[])["true", "false"])
        {
            Assert.Equal(message, await server.RefusedAsync(HttpMethod.Post, "/api/v1/backfills", 422, "run.bad_input",
                $$$"""{"workflow":"orders","from":"2026-01","to":"2026-01","dryRun":{{{isDry}}},"inputs":{{{inputs}}}}"""));
        }
        foreach (var way in (string[])["execute", "dispatch"])
        {
            var (status, problem, _) = await server.SendAsync(HttpMethod.Post, $"/elsa/api/workflow-definitions/orders/{way}", $$$"""{"input":{{{inputs}}}}""");
            Assert.Equal((HttpStatusCode.BadRequest, message), (status, problem.GetProperty("errors").GetProperty("generalErrors")[0].GetString()));
        }
        Assert.Empty(await RunsAsync(server));
    }

    [Fact]
    public async Task Accepted_inputs_are_completed_by_the_defaults_wherever_they_are_given()
    {
        await using var server = await StartAsync();
        const string Inputs = """{"ROWS":5}""";
        await server.SendAsync(HttpMethod.Post, "/api/v1/runs", $$$"""{"workflow":"orders","partition":"2026-01","inputs":{{{Inputs}}}}""");
        await server.SendAsync(HttpMethod.Post, "/api/v1/schedules", $$$"""{"id":"often","workflow":"orders","cron":"0 2 1 * *","isOn":false,"inputs":{{{Inputs}}}}""");
        await server.SendAsync(HttpMethod.Post, "/api/v1/schedules/often/run-now", """{"partition":"2026-02"}""");
        await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions/orders/dispatch", """{"input":{"ROWS":5,"partition":"2026-03"}}""");
        var runs = await RunsAsync(server);
        Assert.Equal(3, runs.Count);
        foreach (var run in runs)
        {
            var inputs = await server.Services.GetRequiredService<RunStore>().GetInputsAsync(run.Id, Token);
            Assert.Equal(["Rows=5", "Source=shop"], inputs.Select(input => $"{input.Key}={input.Value}").Order());
        }
    }

    [Theory]
    [InlineData("0206-10")]
    [InlineData("1989-12")]
    [InlineData("2206-10")]
    public async Task A_month_that_no_run_may_work_on_is_refused_wherever_it_is_given(string month)
    {
        await using var server = await StartAsync();
        const string Code = "run.partition_out_of_range";
        Assert.StartsWith($"{month} is not a month that a run may work on: expected is one from 1990-01 to ",
            await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, Code, $$$"""{"workflow":"orders","partition":"{{{month}}}","inputs":{"rows":1}}"""), StringComparison.Ordinal);
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/workflows/run", 422, Code, $$$"""{"definition":{{{Definition}}},"partition":"{{{month}}}","inputs":{"rows":1}}""");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/backfills", 422, Code, $$$"""{"workflow":"orders","from":"{{{month}}}","to":"{{{month}}}","inputs":{"rows":1}}""");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/backfills", 422, Code, $$$"""{"workflow":"orders","from":"{{{month}}}","to":"{{{month}}}","dryRun":true,"inputs":{"rows":1}}""");
        await server.SendAsync(HttpMethod.Post, "/api/v1/schedules", """{"id":"mine","workflow":"orders","cron":"0 2 1 * *","isOn":false,"inputs":{"rows":1}}""");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/schedules/mine/run-now", 422, Code, $$$"""{"partition":"{{{month}}}"}""");
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/events/anything", 422, Code, $$$"""{"partition":"{{{month}}}"}""");
        var (status, problem, _) = await server.SendAsync(HttpMethod.Post, "/elsa/api/workflow-definitions/orders/execute", $$$"""{"input":{"rows":1,"partition":"{{{month}}}"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith($"{month} is not a month", problem.GetProperty("errors").GetProperty("generalErrors")[0].GetString(), StringComparison.Ordinal);
        foreach (var command in (string[][])[["run", "orders", "--input", "rows=1", "--partition", month], ["backfills", "start", "orders", "--input", "rows=1", "--from", month, "--to", month], ["schedules", "run-now", "mine", "--partition", month]])
        {
            var (code, error) = await InvokeAsync(server, command);
            Assert.Equal(ExitCodes.BadUsage, code);
            Assert.StartsWith($"{month} is not a month", error, StringComparison.Ordinal);
        }
        Assert.Empty(await RunsAsync(server));
        // Questions are not starts.
        Assert.Empty((await server.GetAsync($"/api/v1/runs?partition={month}")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task The_months_that_runs_may_work_on_are_a_setting()
    {
        await using var server = await StartAsync(new() { ["Partitions:First"] = "2026-03", ["Partitions:YearsAhead"] = "0" });
        await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422, "run.partition_out_of_range", """{"workflow":"orders","partition":"2026-02","inputs":{"rows":1}}""");
        var (status, _, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", """{"workflow":"orders","partition":"2026-03","inputs":{"rows":1}}""");
        Assert.Equal(HttpStatusCode.Created, status);
    }

    [Fact]
    public async Task A_schedule_without_a_month_is_refused_for_a_workflow_that_works_on_one_or_starts_one_that_does()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, services: ServerHarness.AddRealActivities);
        server.AddDefinition("inner", """{"definitionId":"inner","root":{"id":"root","type":"Elsa.Sequence","activities":[{"id":"GenerateSales1","type":"Orchestrator.GenerateSales"}]}}""");
        server.AddDefinition("outer", """{"definitionId":"outer","root":{"id":"root","type":"Elsa.Sequence","activities":[{"id":"Child1","type":"Elsa.DispatchWorkflow","workflowDefinitionId":{"typeName":"String","expression":{"type":"Literal","value":"inner"}}}]}}""");
        foreach (var workflow in (string[])["inner", "outer"])
        {
            Assert.Equal(
                $"Workflow '{workflow}' works on a month, but partition 'none' gives its run none. "
                    + "Give a month such as 2026-10, or leave partition out for the month that ended last.",
                await server.RefusedAsync(HttpMethod.Post, "/api/v1/runs", 422,
                    "run.no_partition", $$$"""{"workflow":"{{{workflow}}}","partition":"none"}"""));
            var message = await server.RefusedAsync(HttpMethod.Post, "/api/v1/schedules", 422, "schedule.needs_partition", $$$"""{"workflow":"{{{workflow}}}","cron":"0 2 1 * *","mapping":"None"}""");
            Assert.Equal($"Workflow '{workflow}' works on a month, but the schedule's mapping 'None' gives its runs none. Map to the previous or the same month.", message);
            var (status, _, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/schedules", $$$"""{"workflow":"{{{workflow}}}","cron":"0 2 1 * *"}""");
            Assert.Equal(HttpStatusCode.Created, status);
            await server.RefusedAsync(HttpMethod.Put, $"/api/v1/schedules/{workflow}", 422, "schedule.needs_partition", $$$"""{"workflow":"{{{workflow}}}","cron":"0 2 1 * *","mapping":"None"}""", ("If-Match", "\"1\""));
        }
    }

    [Fact]
    public async Task A_failing_schedule_is_shown_as_such_by_the_API_the_command_line_and_the_page_and_days_that_match_twice_are_explained()
    {
        await using var server = await StartAsync();
        await server.SendAsync(HttpMethod.Post, "/api/v1/schedules", """{"id":"mine","workflow":"orders","cron":"0 2 13 * 5","isOn":false,"inputs":{"rows":1}}""");
        var (_, due, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/schedules/mine/run-now", """{"partition":"2026-05"}""");
        var run = due.GetProperty("runId").GetString();
        await using (var command = server.Services.GetRequiredService<Orchestrator.Workflows.Storage.StoreDatabase>().DataSource.CreateCommand(
            "update orchestrator.run set status = 'Failed', finished_at = now(), error_code = 'till.closed', error_message = 'The till is closed.'"))
            await command.ExecuteNonQueryAsync(Token);
        var shown = await server.GetAsync("/api/v1/schedules/mine");
        Assert.Equal(("Its last run failed: till.closed: The till is closed.", run), (shown.GetProperty("failing").GetProperty("reason").GetString(), shown.GetProperty("failing").GetProperty("runId").GetString()));
        Assert.Contains("only on days that match both", shown.GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("only on days that match both", (await server.GetAsync("/api/v1/schedules/preview?cron=0+2+13+*+5&count=1")).GetProperty("notes")[0].GetString(), StringComparison.Ordinal);
        Assert.Contains("The till is closed.", await server.Client.GetStringAsync(new Uri("/", UriKind.Relative), Token), StringComparison.Ordinal);
        var output = new StringWriter();
        await InvokeAsync(server, ["schedules", "show", "mine"], output);
        Assert.Contains("failing since", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("only on days that match both", output.ToString(), StringComparison.Ordinal);
        await InvokeAsync(server, ["schedules", "list"], output);
        Assert.Contains("failing ", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definition_that_is_sent_along_is_no_run_of_the_published_workflow()
    {
        await using var server = await StartAsync();
        var (_, sent, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/workflows/run", $$$"""{"definition":{{{Definition.Replace("Orders", "My orders", StringComparison.Ordinal)}}},"partition":"2026-05","inputs":{"rows":1}}""");
        Assert.True(sent.GetProperty("isAdHoc").GetBoolean());
        var (_, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", """{"workflow":"orders","partition":"2026-06","inputs":{"rows":1}}""");
        Assert.False(started.GetProperty("isAdHoc").GetBoolean());
        await using (var command = server.Services.GetRequiredService<Orchestrator.Workflows.Storage.StoreDatabase>().DataSource.CreateCommand(
            "update orchestrator.run set status = 'Succeeded', started_at = now(), finished_at = now()"))
            await command.ExecuteNonQueryAsync(Token);
        var (_, dry, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/backfills", """{"workflow":"orders","from":"2026-05","to":"2026-06","dryRun":true,"inputs":{"rows":1}}""");
        Assert.Equal([true, false], dry.GetProperty("partitions").EnumerateArray().Select(month => month.GetProperty("willRun").GetBoolean()));
        Assert.Equal("Orders", (await server.GetAsync("/api/v1/workflows/orders/versions/1")).GetProperty("name").GetString());
    }

    async Task<ServerHarness> StartAsync(Dictionary<string, string?>? settings = null)
    {
        // Nothing drives the runs.
        var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, settings: settings);
        server.AddDefinition("orders", Definition);
        return server;
    }

    static async Task<IReadOnlyList<Run>> RunsAsync(ServerHarness server) => await server.Services.GetRequiredService<RunStore>().ListAsync(new(), Token);

    static async Task<(int Code, string Error)> InvokeAsync(ServerHarness server, string[] arguments, StringWriter? output = null)
    {
        await using var error = new StringWriter();
        var code = await OrchestratorCommand.InvokeAsync([.. arguments, "--server", server.Address.ToString()],
            new(output ?? new StringWriter(), error, IsInteractive: false, TimeProvider.System), EngineParts.Embedded, Token);
        return (code, error.ToString());
    }
}
