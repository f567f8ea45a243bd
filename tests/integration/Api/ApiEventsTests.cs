using System.Net;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Orchestrator.Server.Access;
using Orchestrator.Server.Machine;
using Orchestrator.Workflows.Activities;

namespace Orchestrator.Tests.Integration.Api;

/// <summary>A run as it happens, by server-sent events.</summary>
public sealed class ApiEventsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Events_come_in_order_while_the_run_goes_on_and_end_with_it()
    {
        await using var server = await StartAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Work["A1"] = async context =>
        {
            // Neither is repeated to whoever comes later, and the activity may be faster than our request.
            while (!gate.Task.IsCompleted)
            {
                context.ReportProgress(new(5, 10, 1_000));
                context.Attempt.Log("Note", "Half of it is done.");
                await Task.WhenAny(gate.Task, Task.Delay(TimeSpan.FromMilliseconds(50), context.CancellationToken));
                context.CancellationToken.ThrowIfCancellationRequested();
            }
        };
        var path = await StartRunAsync(server);

        var events = new List<SseItem<string>>();
        await foreach (var item in ReadAsync(server, path, lastId: null, TestContext.Current.CancellationToken))
        {
            events.Add(item);
            // Both reach us before the activity ends.
            if (events.Any(seen => seen.EventType == "progress") && events.Any(seen => seen.EventType == "log")) gate.TrySetResult();
        }

        var journal = events.Where(item => item.EventId is { Length: > 0 }).ToList();
        Assert.Equal(Enumerable.Range(1, journal.Count).Select(number => $"{number}"), journal.Select(item => item.EventId));
        Assert.Equal(("run.created", "run.finished"), (journal[0].EventType, events[^1].EventType));
        var completed = JsonElement.Parse(journal.First(item => item.EventType == "activity.completed").Data);
        Assert.Equal("A1", completed.GetProperty("activityId").GetString());
        Assert.Equal(5, JsonElement.Parse(events.First(item => item.EventType == "progress").Data).GetProperty("rows").GetInt64());
        var (again, _, _) = await server.SendAsync(HttpMethod.Get, $"{path}/events", body: null, ("Last-Event-ID", journal[^1].EventId!));
        Assert.Equal(HttpStatusCode.NoContent, again);
        await server.RefusedAsync(HttpMethod.Get, $"{path}/events", 400, "request.bad_event_id", body: null, ("Last-Event-ID", "seven"));
    }

    [Fact]
    public async Task Connection_that_is_lost_again_and_again_misses_nothing_and_sees_nothing_twice()
    {
        await using var server = await StartAsync();
        server.AddWorkflow("long", [.. Enumerable.Range(1, 30).Select(number => $"S{number} -> S{number + 1}")]);
        var path = await StartRunAsync(server, "long");

        var seen = new List<string>();
        var isEnded = false;
        while (!isEnded)
        {
            // Each connection is dropped after a few events, in the middle of whatever happens.
            var left = 7;
            await foreach (var item in ReadAsync(server, path, seen.LastOrDefault(), TestContext.Current.CancellationToken))
            {
                if (item.EventId is not { Length: > 0 } id) continue;
                seen.Add(id);
                isEnded = item.EventType == "run.finished";
                if (--left == 0) break;
            }
        }

        Assert.Equal(Enumerable.Range(1, seen.Count).Select(number => $"{number}"), seen);
        Assert.True(seen.Count > 100, $"{seen.Count} events of 31 activities.");
    }

    [Fact]
    public async Task Events_reach_a_server_that_does_not_drive_the_run()
    {
        await using var server = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Api);
        server.AddWorkflow("two", "A1 -> B1");
        await using var worker = await ServerHarness.StartAsync(postgres, roles: ServerRoles.Worker, beside: server);
        var path = await StartRunAsync(server);

        var types = new List<string>();
        await foreach (var item in ReadAsync(server, path, lastId: null, TestContext.Current.CancellationToken)) types.Add(item.EventType);

        Assert.Equal("run.finished", types[^1]);
        await worker.RefusedAsync(HttpMethod.Get, "/api/v1/runs", 404, "request.unknown_path");
        Assert.Equal("ready", (await worker.GetAsync("/readyz")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_stream_that_has_nothing_to_say_says_that_it_is_there()
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, settings: new() { ["Api:StreamHeartbeat"] = "00:00:00.500" });
        server.AddWorkflow("two", "A1 -> B1");
        var path = await StartRunAsync(server);
        using var stream = new StreamReader(await server.Client.GetStreamAsync(new Uri($"{path}/events", UriKind.Relative), TestContext.Current.CancellationToken));
        for (var beats = 0; beats < 3;)
        {
            var reading = stream.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
            await reading.InTimeAsync();
            Assert.NotNull(await reading);
            if (await reading == ": still here") beats++;
        }
    }

    [Theory]
    [InlineData("logout")]
    [InlineData("role")]
    [InlineData("disabled")]
    [InlineData("token")]
    [InlineData("token of somebody who is removed")]
    public async Task A_stream_ends_when_whoever_reads_it_may_not_any_more(string how)
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api, login: true);
        server.AddWorkflow("two", "A1 -> B1");
        var secret = await server.AddTokenAsync(AccessRole.Operator);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        var path = await StartRunAsync(server);
        var isToken = how.StartsWith("token", StringComparison.Ordinal);
        await server.AddUserAsync(AccessRole.Operator, "ada");
        using var browser = new Browser(server.Address);
        using var entered = await browser.LogInAsync("ada");
        var cookies = browser.Cookies.GetCookieHeader(server.Address);
        using var client = new HttpClient { BaseAddress = server.Address };
        if (isToken) client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        else client.DefaultRequestHeaders.Add("Cookie", cookies);
        using var stream = new StreamReader(await client.GetStreamAsync(new Uri($"{path}/events", UriKind.Relative), TestContext.Current.CancellationToken));
        var reading = stream.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken));
        Assert.False(reading.IsCompleted, "It ended while whoever reads it may.");

        var token = TestContext.Current.CancellationToken;
        await (how switch
        {
            "logout" => browser.PostAsync("/logout"),
            "role" => server.Users.SetRoleAsync("ada", AccessRole.Viewer, token),
            "disabled" => server.Users.SetDisabledAsync("ada", isDisabled: true, token),
            "token" => server.Tokens.RevokeAsync("of-operator", token),
            _ => server.Users.RemoveAsync("operator", token),
        });

        await reading.InTimeAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(new Uri($"{path}/events", UriKind.Relative), token)).StatusCode);
    }

    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres);
        server.AddWorkflow("two", "A1 -> B1");
        return server;
    }

    static async Task<string> StartRunAsync(ServerHarness server, string workflow = "two") =>
        (await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow, partition = "2026-10" })).Headers.Location!.OriginalString;

    static async IAsyncEnumerable<SseItem<string>> ReadAsync(
        ServerHarness server, string path, string? lastId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{path}/events");
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        using var answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        if (answer.StatusCode is HttpStatusCode.NoContent) yield break;
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken)) yield return item;
    }
}
