using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Elsa;

/// <summary>Runs as Elsa's clients see and command them.</summary>
public sealed class InstanceTests(PostgresFixture postgres)
{
    const string Api = "/elsa/api";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Execute_answers_when_a_job_has_begun_and_the_run_goes_on()
    {
        await using var server = await StartAsync();
        var release = new TaskCompletionSource();
        server.Work["B1"] = context => release.Task.WaitAsync(context.CancellationToken);
        var id = await ExecuteAsync(server, """{"input":{"partition":"2026-10"}}""");

        var instance = await server.GetAsync($"{Api}/workflow-instances/{id}");
        Assert.Equal(("Running", "Executing", "2026-10"), (Text(instance, "status"), Text(instance, "subStatus"), Text(instance, "name")));
        Assert.Equal("2026-10", instance.GetProperty("workflowState").GetProperty("properties").GetProperty("Partition").GetString());
        release.SetResult();
        await EndAsync(server, id, "Finished");
        Assert.Equal(["A1 Started", "A1 Completed", "B1 Started", "B1 Completed"], await JournalAsync(server, id, """{"filter":{"activityNodeIds":["Workflow1:Flowchart1:A1","Workflow1:Flowchart1:B1"]}}"""));
        Assert.Equal(["B1 Completed"], await JournalAsync(server, id, """{"filter":{"activityIds":["B1"],"eventNames":["Completed"]}}"""));
    }

    [Fact]
    public async Task Attempts_that_failed_are_listed_as_retries_and_mark_all_above_them()
    {
        await using var server = await StartAsync();
        var tries = 0;
        server.Work["B1"] = _ => ++tries < 3 ? throw new ActivityFailedException("test.closed", "The till is closed.", isRetryable: true) : Task.CompletedTask;
        var id = await ExecuteAsync(server);
        await EndAsync(server, id, "Finished");

        var execution = (await server.GetAsync($"{Api}/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:Flowchart1:B1")).GetProperty("items")[0];
        Assert.True(execution.GetProperty("properties").GetProperty("HasRetryAttempts").GetBoolean());
        var retries = await server.GetAsync($"{Api}/resilience/retries/{Text(execution, "id")}");
        Assert.Equal(2, retries.GetProperty("totalCount").GetInt32());
        Assert.Equal("The till is closed.", retries.GetProperty("items")[1].GetProperty("exception").GetProperty("message").GetString());
        var above = (await server.GetAsync($"{Api}/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:Flowchart1")).GetProperty("items")[0];
        Assert.True(above.GetProperty("properties").GetProperty("HasRetryAttempts").GetBoolean());
    }

    [Fact]
    public async Task Instances_are_filtered_ordered_and_paged()
    {
        await using var server = await StartAsync();
        server.Work["B1"] = context => context.Attempt.Partition?.ToString() == "2026-02" ? throw new ActivityFailedException("test.broken", "It broke.", isRetryable: false) : Task.CompletedTask;
        foreach (var month in (string[])["2026-01", "2026-02", "2026-03"])
        {
            var id = await ExecuteAsync(server, $$$"""{"input":{"partition":"{{{month}}}"},"correlationId":"order {{{month}}}"}""");
            await EndAsync(server, id, month == "2026-02" ? "Faulted" : "Finished");
        }

        Assert.Equal(["2026-03", "2026-02", "2026-01"], await NamesAsync(server, "{}"));
        Assert.Equal(["2026-01", "2026-02"], await NamesAsync(server, """{"page":0,"pageSize":2,"orderBy":"Created","orderDirection":"Ascending"}""", total: 3));
        Assert.Equal(["2026-03"], await NamesAsync(server, """{"page":1,"pageSize":2,"orderBy":"Finished","orderDirection":"Ascending"}""", total: 3));
        Assert.Equal(["2026-02"], await NamesAsync(server, """{"subStatuses":["Faulted","Suspended"]}"""));
        Assert.Equal(["2026-03"], await NamesAsync(server, """{"correlationId":"order 2026-03"}""", total: 1));
        Assert.Equal(["2026-02"], await NamesAsync(server, """{"hasIncidents":true}"""));
        Assert.Empty(await NamesAsync(server, """{"statuses":["Running"]}"""));
        Assert.Empty(await NamesAsync(server, """{"status":"Finished","subStatus":"Executing"}"""));
        Assert.Equal(3, (await NamesAsync(server, """{"searchTerm":"MONTH","definitionIds":["monthly"],"version":1,"isSystem":false}""")).Count);
        Assert.Empty(await NamesAsync(server, """{"searchTerm":"100%"}"""));
        Assert.Equal(3, (await NamesAsync(server, """{"timestampFilters":[{"column":"CreatedAt","operator":"GreaterThan","timestamp":"2026-01-01T00:00:00Z"}]}""")).Count);
        Assert.Empty(await NamesAsync(server, """{"timestampFilters":[{"column":"FinishedAt","operator":"LessThan","timestamp":"2020-01-01T00:00:00Z"}]}"""));
        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync(HttpMethod.Post, $"{Api}/workflow-instances", """{"timestampFilters":[{"column":"Age","operator":"Is","timestamp":"2026-01-01T00:00:00Z"}]}""")).Status);
    }

    [Fact]
    public async Task Running_instances_are_cancelled_deleted_and_exported_one_and_many()
    {
        await using var server = await StartAsync();
        server.Work["B1"] = context => Task.Delay(Timeout.Infinite, context.CancellationToken);
        var ids = new List<string>();
        foreach (var month in (string[])["2026-01", "2026-02", "2026-03"]) ids.Add(await ExecuteAsync(server, $$$"""{"input":{"partition":"{{{month}}}"}}"""));

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Post, $"{Api}/cancel/workflow-instances/{ids[0]}")).Status);
        await EndAsync(server, ids[0], "Cancelled");
        Assert.Contains("B1 Canceled", await JournalAsync(server, ids[0], "{}"));
        var (_, cancelled, _) = await server.SendAsync(HttpMethod.Post, $"{Api}/bulk-actions/cancel/workflow-instances", new { ids });
        Assert.Equal(2, cancelled.GetProperty("cancelledCount").GetInt32());
        Assert.Equal(HttpStatusCode.NoContent, (await server.SendAsync(HttpMethod.Delete, $"{Api}/workflow-instances/{ids[0]}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync(HttpMethod.Get, $"{Api}/workflow-instances/{ids[0]}")).Status);

        using var one = await server.Client.GetAsync($"{Api}/workflow-instances/{ids[1]}/export", Token);
        var exported = JsonElement.Parse(await one.Content.ReadAsStringAsync(Token));
        Assert.Equal(ids[1], exported.GetProperty("workflowState").GetProperty("id").GetString());
        using var many = await server.Client.PostAsync($"{Api}/bulk-actions/export/workflow-instances", new StringContent(JsonSerializer.Serialize(new { ids }), Encoding.UTF8, "application/json"), Token);
        Assert.Equal("workflow-instances.zip", many.Content.Headers.ContentDisposition!.FileName);
        var (_, deleted, _) = await server.SendAsync(HttpMethod.Post, $"{Api}/bulk-actions/delete/workflow-instances/by-id", new { ids });
        Assert.Equal(2, deleted.GetProperty("deleted").GetInt32());
        Assert.Empty(await NamesAsync(server, "{}"));
    }

    [Theory]
    [InlineData("GET", "/workflow-instances/nope")]
    [InlineData("GET", "/workflow-instances/0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55")]
    [InlineData("GET", "/workflow-instances/nope/execution-state")]
    [InlineData("GET", "/workflow-instances/nope/variables")]
    [InlineData("POST", "/workflow-instances/nope/journal")]
    [InlineData("DELETE", "/workflow-instances/nope")]
    [InlineData("POST", "/cancel/workflow-instances/nope")]
    [InlineData("GET", "/activity-executions/by-id?id=nope")]
    [InlineData("GET", "/activity-executions/0199c1d27a107c44b3a12f0d6e1b9a55-1/call-stack")]
    [InlineData("POST", "/workflow-definitions/nope/execute")]
    [InlineData("POST", "/workflow-definitions/nope/dispatch")]
    public async Task What_is_not_there_is_404_without_a_body(string method, string path)
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var (status, body, _) = await server.SendAsync(new(method), Api + path);
        Assert.Equal((HttpStatusCode.NotFound, JsonValueKind.Undefined), (status, body.ValueKind));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hub_tells_what_happens_in_a_run_that_this_or_another_process_drives(bool isOther)
    {
        await using var server = await StartAsync();
        await using var other = isOther ? await ServerHarness.StartAsync(postgres, workers: 0, roles: ServerRoles.Api, beside: server) : null;
        var release = new TaskCompletionSource();
        server.Work["B1"] = context => release.Task.WaitAsync(context.CancellationToken);
        var id = await ExecuteAsync(server);
        using var hub = await ConnectAsync(other ?? server);
        await SendAsync(hub, JsonSerializer.Serialize(new { type = 1, target = "ObserveInstanceAsync", arguments = new[] { id } }));
        var told = new List<string>();
        while (!told.Contains("B1")) told.AddRange(await HearAsync(hub));
        release.SetResult();
        while (!told.Contains("C1")) told.AddRange(await HearAsync(hub));
        Assert.Contains("WorkflowExecutionLogUpdatedAsync", told);
        Assert.Contains(id, told);
        await SendAsync(hub, """{"type":1,"invocationId":"1","target":"ObserveInstanceAsync","arguments":["nope"]}""");
        while (!told.Exists(text => text.Contains("Access denied.", StringComparison.Ordinal))) told.AddRange(await HearAsync(hub));
    }

    [Fact]
    public async Task Studio_page_hands_out_a_token_that_opens_elsa_only_and_ends_with_the_login()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        await server.AddUserAsync(AccessRole.Operator);
        var (_, answer, _) = await server.SendAsync(HttpMethod.Post, $"{Api}/identity/login", new { username = "operator", password = AccessScene.Password });
        var token = answer.GetProperty("accessToken").GetString()!;
        Assert.StartsWith("studio_", token, StringComparison.Ordinal);
        async Task<HttpStatusCode> AskAsync(string path) => (await server.SendAsync(HttpMethod.Get, path, body: null, ("Authorization", $"Bearer {token}"))).Status;

        Assert.Equal(HttpStatusCode.OK, await AskAsync($"{Api}/features/installed"));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync("/api/v1/runs"));
        Assert.False((await server.SendAsync(HttpMethod.Post, $"{Api}/identity/login", new { username = "operator", password = "wrong" })).Body.GetProperty("isAuthenticated").GetBoolean());
        using (var socket = await ConnectAsync(server, token)) Assert.Equal(WebSocketState.Open, socket.State);
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(server, "studio_wrong"));

        await using var command = server.Services.GetRequiredService<Workflows.Storage.StoreDatabase>().DataSource.CreateCommand("delete from orchestrator.access_session");
        await command.ExecuteNonQueryAsync(Token);
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync($"{Api}/features/installed"));
    }

    [Fact]
    public async Task Page_of_another_site_cannot_open_the_hub()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(server, token: null, origin: "https://evil.example"));
    }

    [Fact]
    public async Task Files_of_the_studio_come_compressed_typed_and_kept_as_long_as_their_names_allow()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        using var entry = await FileAsync(server, "_framework/blazor.webassembly.js");
        Assert.Equal(("text/javascript", "br", "public, no-cache"), (entry.Content.Headers.ContentType!.MediaType, entry.Content.Headers.ContentEncoding.Single(), entry.Headers.GetValues("Cache-Control").Single()));
        using var again = await FileAsync(server, "_framework/blazor.webassembly.js", entry.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        var boot = Directory.EnumerateFiles(Path.Combine(Repository.Root, "node_modules", "@elsa-workflows", "elsa-studio-wasm", "_framework"), "Elsa.Api.Client.*.wasm").Single();
        using var program = await FileAsync(server, $"_framework/{Path.GetFileName(boot)}");
        Assert.Equal(("application/wasm", "public, max-age=31536000, immutable"), (program.Content.Headers.ContentType!.MediaType, program.Headers.GetValues("Cache-Control").Single()));
        using var outside = await FileAsync(server, "_content/..%2f..%2fpackage.json");
        Assert.Equal(HttpStatusCode.NotFound, outside.StatusCode);
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddWorkflow("monthly", "A1 -> B1", "B1 -> C1");
        return server;
    }

    static async Task<HttpResponseMessage> FileAsync(ServerHarness server, string path, string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/studio/{path}");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        return await server.Client.SendAsync(request, Token);
    }

    static async Task<string> ExecuteAsync(ServerHarness server, string body = "{}")
    {
        var (_, answer, headers) = await server.SendAsync(HttpMethod.Post, $"{Api}/workflow-definitions/monthly/execute", body);
        Assert.True(headers.Contains("x-elsa-workflow-instance-id"), $"Nothing was started: {answer}");
        return headers.GetValues("x-elsa-workflow-instance-id").Single();
    }

    static async Task EndAsync(ServerHarness server, string id, string subStatus)
    {
        for (var second = 0; second < 600; second++)
        {
            var state = await server.GetAsync($"{Api}/workflow-instances/{id}/execution-state");
            if (Text(state, "status") == "Finished")
            {
                Assert.Equal(subStatus, Text(state, "subStatus"));
                return;
            }
            await Task.Delay(100, Token);
        }
        Assert.Fail($"Run {id} has not ended within a minute.");
    }

    static async Task<IReadOnlyList<string>> JournalAsync(ServerHarness server, string id, string filter) =>
        [.. (await server.SendAsync(HttpMethod.Post, $"{Api}/workflow-instances/{id}/journal?skip=0&take=110", filter)).Body.GetProperty("items").EnumerateArray()
            .Select(line => $"{Text(line, "activityId")} {Text(line, "eventName")}")];

    static async Task<IReadOnlyList<string>> NamesAsync(ServerHarness server, string request, int? total = null)
    {
        var (status, page, _) = await server.SendAsync(HttpMethod.Post, $"{Api}/workflow-instances", request);
        Assert.True(status is HttpStatusCode.OK, $"{request} gave {status}: {page}");
        var names = page.GetProperty("items").EnumerateArray().Select(item => Text(item, "name")).ToList();
        Assert.Equal(total ?? names.Count, page.GetProperty("totalCount").GetInt32());
        return names;
    }

    static async Task<ClientWebSocket> ConnectAsync(ServerHarness server, string? token = null, string? origin = null)
    {
        var socket = new ClientWebSocket();
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        await socket.ConnectAsync(new($"ws://{server.Address.Authority}/elsa/hubs/workflow-instance{(token is null ? "" : $"?access_token={token}")}"), Token);
        await SendAsync(socket, """{"protocol":"json","version":1}""");
        return socket;
    }

    // Messages of SignalR end with the character 0x1E. https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md
    static Task SendAsync(ClientWebSocket socket, string message) => socket.SendAsync(Encoding.UTF8.GetBytes(message + '\u001e'), WebSocketMessageType.Text, endOfMessage: true, Token);

    /// <summary>The targets, ids and errors of what comes next.</summary>
    static async Task<IReadOnlyList<string>> HearAsync(ClientWebSocket socket)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        var buffer = new byte[1 << 20];
        var read = await socket.ReceiveAsync(buffer, patience.Token);
        Assert.True(read.MessageType is WebSocketMessageType.Text, $"The hub closed the connection: {socket.CloseStatusDescription}");
        return [.. Encoding.UTF8.GetString(buffer, 0, read.Count).Split('\u001e', StringSplitOptions.RemoveEmptyEntries).Select(message => JsonElement.Parse(message)).SelectMany(Words)];
    }

    static IEnumerable<string> Words(JsonElement value) =>
        value.ValueKind is JsonValueKind.Object ? value.EnumerateObject().SelectMany(property => Words(property.Value))
        : value.ValueKind is JsonValueKind.Array ? value.EnumerateArray().SelectMany(Words)
        : value.ValueKind is JsonValueKind.String ? [value.GetString()!]
        : [];

    static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
