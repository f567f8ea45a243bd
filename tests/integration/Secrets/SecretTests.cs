using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orchestrator.Server.Access;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Definitions;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Secrets;

/// <summary>Secrets: set and never seen again, but by the activity that names them.</summary>
public sealed class SecretTests(PostgresFixture postgres)
{
    const string Value = "geheim/+\"Öl\"&<4711>";

    static readonly Input<string> Text = ((ServerJob)ActivityDescriptor.Of<ServerJob>().Create()).Text;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_that_an_activity_gives_back_in_every_way_is_nowhere_in_clear()
    {
        using var trace = new RecordedTrace();
        await using var server = await ServerHarness.StartAsync(postgres);
        await SetAsync(server, "shop-api", Value);
        var seen = new List<string?>();
        server.Work["A1"] = async context =>
        {
            seen.Add(context.Get(Text));
            context.AddExecutionLogEntry($"Used {Value}", $"It is {Value} or {Uri.EscapeDataString(Value)}.");
            context.ReportProgress(new(1, Step: $"with {Value}"));
            context.GetRequiredService<ILoggerFactory>().CreateLogger("Test").LogError(new InvalidOperationException(Value), "It is {Value}.", Value);
            await context.SetCheckpointAsync(new { Value, Basic = Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{Value}")) });
            context.AddCheckResult(new("check", new("raw/sales"), null, CheckSeverity.Warning, IsPassed: false, $"not {Value}", Value, [Value]));
            if (seen.Count == 1) throw new ActivityFailedException("test.flaky", $"{Value} was refused.", isRetryable: true, new InvalidOperationException(Value));
        };
        server.Work["B1"] = context => throw new InvalidOperationException($"Cannot log in with {context.Get(Text)}.");
        server.AddDefinition("leaky", Definition("leaky", """{ "type": "JavaScript", "value": "'Bearer ' + getSecret('shop-api')" }""", """{ "type": "Literal", "value": "secret:shop-api" }"""));
        var id = await StartAsync(server, "leaky", trace.TraceParent);
        var run = await EndAsync(server, id);

        Assert.Equal([$"Bearer {Value}", $"Bearer {Value}"], seen);
        Assert.Equal("Failed", run.GetProperty("status").GetString());
        Assert.Contains("Cannot log in with ***.", run.ToString(), StringComparison.Ordinal);
        var store = await DumpAsync(server);
        Assert.Contains("Bearer ${secret:shop-api}", store, StringComparison.Ordinal);
        Assert.Contains("Bearer ***", store, StringComparison.Ordinal);
        AssertHidden(store);
        foreach (var path in (string[])[$"/api/v1/runs/{id}", $"/api/v1/runs/{id}/log", $"/api/v1/runs/{id}/activities", $"/api/v1/runs/{id}/outputs", $"/api/v1/runs/{id}/checks", $"/api/v1/runs/{id}/definition", "/api/v1/secrets", "/api/v1/secrets/shop-api", $"/runs/{id}",
            $"/elsa/api/workflow-instances/{id}", $"/elsa/api/activity-executions/list?WorkflowInstanceId={id}", "/elsa/api/workflow-definitions/by-definition-id/leaky"])
        {
            using var answer = await server.Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.True(answer.IsSuccessStatusCode, path);
            AssertHidden(await answer.Content.ReadAsStringAsync(Token));
        }
        AssertHidden(string.Join('\n', server.Log));
        Assert.Contains(server.Log, line => line.Contains("It is ***.", StringComparison.Ordinal));
        Assert.NotEmpty(trace.Spans);
        AssertHidden(string.Join('\n', trace.Spans.Select(span => $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Events.SelectMany(each => each.Tags))}")));
        // The keys are not beside the values.
        var key = Path.GetFileNameWithoutExtension(Assert.Single(Directory.GetFiles(Path.Combine(server.Folder, "keys"), "key-*.xml")))["key-".Length..];
        Assert.DoesNotContain(key, store, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Only_what_the_definition_names_is_a_reference_and_not_what_came_from_outside()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        await SetAsync(server, "shop-api", Value);
        var seen = new Dictionary<string, string?>();
        server.Work["A1"] = server.Work["B1"] = context =>
        {
            seen[context.Attempt.ActivityId] = context.Get(Text);
            return Task.CompletedTask;
        };
        server.AddDefinition("careful", Definition("careful", """{ "type": "Input", "value": { "name": "text" } }""", """{ "type": "JavaScript", "value": "getInput('text')" }"""));
        var (status, started, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "careful", inputs = new { text = "secret:shop-api" } });
        Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Accepted, started.ToString());
        await EndAsync(server, started.GetProperty("id").GetGuid());

        Assert.Equal(new Dictionary<string, string?> { ["A1"] = "secret:shop-api", ["B1"] = "secret:shop-api" }, seen);
    }

    [Fact]
    public async Task A_secret_that_nobody_set_fails_the_activity_once_and_for_good_and_a_retry_of_the_run_finds_it()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var tries = new List<string?>();
        server.Work["B1"] = context =>
        {
            tries.Add(context.Get(Text));
            return Task.CompletedTask;
        };
        server.AddDefinition("missing", Definition("missing", """{ "type": "Literal", "value": "x" }""", """{ "type": "Literal", "value": "secret:shop-api" }"""));
        var id = await StartAsync(server, "missing");
        var run = await EndAsync(server, id);

        Assert.Equal(("Failed", "secrets.not_found"), (run.GetProperty("status").GetString(), run.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal("'B1' needs the secret 'shop-api', which nobody has set. 'orchestrator secrets set shop-api' does, then resume the run.", run.GetProperty("error").GetProperty("message").GetString());
        Assert.Empty(tries);
        await SetAsync(server, "shop-api", Value);
        var (_, again, _) = await server.SendAsync(HttpMethod.Post, $"/api/v1/runs/{id}/retry", new { });
        Assert.Equal("Succeeded", (await EndAsync(server, again.GetProperty("id").GetGuid())).GetProperty("status").GetString());
        Assert.Equal([Value], tries);
    }

    [Fact]
    public async Task A_database_alone_opens_no_secret_and_a_value_moved_to_another_name_neither()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        await SetAsync(server, "one", Value);
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString))
        await using (var move = source.CreateCommand("insert into orchestrator.secret (name, value, created_at, changed_at, changed_by) select 'two', value, created_at, changed_at, changed_by from orchestrator.secret"))
            await move.ExecuteNonQueryAsync(Token);
        server.AddDefinition("moved", Definition("moved", """{ "type": "Literal", "value": "secret:one" }""", """{ "type": "Literal", "value": "secret:two" }"""));
        var run = await EndAsync(server, await StartAsync(server, "moved"));

        Assert.Equal(("secrets.unreadable", "B1"), (run.GetProperty("error").GetProperty("code").GetString(), run.GetProperty("error").GetProperty("activityId").GetString()));
    }

    [Fact]
    public async Task A_limit_to_hosts_that_is_taken_away_in_the_database_opens_nothing()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        await server.SendAsync(HttpMethod.Put, "/api/v1/secrets/one", new { value = Value, hosts = "api.example.org" }, ("If-Match", "*"));
        await using (var source = NpgsqlDataSource.Create(server.ConnectionString))
        await using (var change = source.CreateCommand("update orchestrator.secret set hosts = null"))
            await change.ExecuteNonQueryAsync(Token);
        server.AddDefinition("opened", Definition("opened", """{ "type": "Literal", "value": "secret:one" }""", """{ "type": "Literal", "value": "x" }"""));
        var run = await EndAsync(server, await StartAsync(server, "opened"));

        Assert.Equal(("secrets.unreadable", "A1"), (run.GetProperty("error").GetProperty("code").GetString(), run.GetProperty("error").GetProperty("activityId").GetString()));
    }

    [Fact]
    public async Task Values_are_set_listed_and_removed_and_who_did_it_is_in_the_log_of_changes()
    {
        await using var server = await ServerHarness.StartAsync(postgres, login: true);
        var (admin, author) = (("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Admin)}"), ("Authorization", $"Bearer {await server.AddTokenAsync(AccessRole.Author)}"));
        const string Path = "/api/v1/secrets/shop-api";

        await server.RefusedAsync(HttpMethod.Put, Path, 403, "access.role_too_low", new { value = Value }, author, ("If-Match", "*"));
        await server.RefusedAsync(HttpMethod.Put, Path, 428, "request.if_match_required", new { value = Value }, admin);
        await server.RefusedAsync(HttpMethod.Put, "/api/v1/secrets/a%20b", 400, "secrets.bad_name", new { value = Value }, admin, ("If-Match", "*"));
        foreach (var bad in (object[])[new { value = "abc" }, new { }, new { value = new string('x', 65_537) }, new { value = "     " }])
            await server.RefusedAsync(HttpMethod.Put, Path, 400, "secrets.bad_value", bad, admin, ("If-Match", "*"));
        foreach (var hosts in (string[])["", " , ", "https://example.org", "a b", new string('x', 10_001)])
            await server.RefusedAsync(HttpMethod.Put, Path, 400, "secrets.bad_hosts", new { value = Value, hosts }, admin, ("If-Match", "*"));
        await server.RefusedAsync(HttpMethod.Get, Path, 404, "secrets.unknown", body: null, author);

        var (status, _, headers) = await server.SendAsync(HttpMethod.Put, Path, new { value = Value }, admin, ("If-None-Match", "*"));
        Assert.Equal((HttpStatusCode.OK, "\"1\""), (status, headers.ETag!.Tag));
        await server.RefusedAsync(HttpMethod.Put, Path, 412, "request.changed_meanwhile", new { value = "other" }, admin, ("If-None-Match", "*"));
        (status, _, headers) = await server.SendAsync(HttpMethod.Put, Path, new { value = "other" }, admin, ("If-Match", "\"1\""));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (status, headers.ETag!.Tag));
        await server.RefusedAsync(HttpMethod.Put, Path, 412, "request.changed_meanwhile", new { value = "third" }, admin, ("If-Match", "\"1\""));
        await server.RefusedAsync(HttpMethod.Delete, Path, 412, "request.changed_meanwhile", body: null, admin, ("If-Match", "\"1\""));
        var (_, list, _) = await server.SendAsync(HttpMethod.Get, "/api/v1/secrets", body: null, author);
        Assert.Equal(("shop-api", "token of-admin of admin", "changedAt changedBy createdAt hosts name"), (list[0].GetProperty("name").GetString(), list[0].GetProperty("changedBy").GetString(),
            string.Join(' ', list[0].EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal))));
        (status, _, _) = await server.SendAsync(HttpMethod.Delete, Path, body: null, admin, ("If-Match", "\"2\""));
        Assert.Equal(HttpStatusCode.NoContent, status);
        await server.RefusedAsync(HttpMethod.Get, Path, 404, "secrets.unknown", body: null, author);

        var store = await DumpAsync(server);
        Assert.Contains("removeSecret", store, StringComparison.Ordinal);
        Assert.Contains("setSecret", store, StringComparison.Ordinal);
        AssertHidden(store);
    }

    static async Task SetAsync(ServerHarness server, string name, string value)
    {
        var (status, body, _) = await server.SendAsync(HttpMethod.Put, $"/api/v1/secrets/{name}", new { value }, ("If-Match", "*"));
        Assert.True(status is HttpStatusCode.OK, body.ToString());
        AssertHidden(body.ToString());
    }

    static async Task<Guid> StartAsync(ServerHarness server, string workflow, string? traceParent = null)
    {
        var (_, run, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow }, traceParent is null ? [] : [("traceparent", traceParent)]);
        return run.GetProperty("id").GetGuid();
    }

    static async Task<JsonElement> EndAsync(ServerHarness server, Guid id)
    {
        JsonElement run = default;
        await Eventually.IsAsync("the run ends", async () =>
        {
            run = (await server.GetAsync($"/api/v1/runs/{id}")).GetProperty("run");
            return run.GetProperty("status").GetString() is "Succeeded" or "Failed" or "Cancelled" or "Suspended";
        });
        return run;
    }

    /// <summary>All rows of all tables, as text.</summary>
    static async Task<string> DumpAsync(ServerHarness server)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var tables = new List<string>();
        await using (var command = source.CreateCommand("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"))
        await using (var row = await command.ExecuteReaderAsync(Token))
            while (await row.ReadAsync(Token)) tables.Add(row.GetString(0));
        Assert.Contains("orchestrator.secret", tables);
        var text = new StringBuilder();
        foreach (var table in tables)
        {
            await using var command = source.CreateCommand($"select t::text from {table} as t");
            await using var row = await command.ExecuteReaderAsync(Token);
            // Quotes are doubled in the text of a row.
            while (await row.ReadAsync(Token)) text.AppendLine(row.GetString(0).Replace("\"\"", "\"", StringComparison.Ordinal));
        }
        return text.ToString();
    }

    static void AssertHidden(string text)
    {
        string[] forms = [Value, "geheim", Uri.EscapeDataString(Value), Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Value)), Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)), "4711"];
        foreach (var form in forms) Assert.DoesNotContain(form, text, StringComparison.OrdinalIgnoreCase);
    }

    static string Definition(string id, string first, string second) => $$"""
        { "definitionId": "{{id}}", "name": "Secrets", "version": 1, "inputs": [ { "name": "text", "type": "String" } ], "root": { "id": "Sequence1", "type": "Elsa.Sequence", "activities": [
          { "id": "A1", "type": "Test.ServerJob", "text": { "typeName": "String", "expression": {{first}} }, "customProperties": { "retryPolicy": { "attempts": 2, "delay": "00:00:00.010" } } },
          { "id": "B1", "type": "Test.ServerJob", "text": { "typeName": "String", "expression": {{second}} }, "customProperties": { "retryPolicy": { "attempts": 3, "delay": "00:00:00.010" } } } ] } }
        """;
}
