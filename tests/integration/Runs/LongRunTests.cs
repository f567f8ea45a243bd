using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Tests.Integration.Runs;

/// <summary>A run of 300 activities and 20,000 lines of log: every answer about it stays small.</summary>
public sealed class LongRunTests(PostgresFixture postgres)
{
    const int Activities = 300, Lines = 20_000, LargestAnswer = 250_000;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_activities_and_page_are_read_in_parts_that_stay_small()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var id = await RunAsync(server);
        var path = $"/api/v1/runs/{id}";

        foreach (var list in new[] { "activities", "log" })
        {
            var (items, next, seen) = (0, (string?)null, new HashSet<string>());
            do
            {
                var page = await server.GetAsync($"{path}/{list}?limit=500{(next is null ? "" : $"&cursor={next}")}");
                Assert.InRange(page.GetRawText().Length, 1, LargestAnswer * 2);
                foreach (var item in page.GetProperty("items").EnumerateArray()) Assert.True(seen.Add(item.GetRawText()),
                    $"{item} came twice.");
                items += page.GetProperty("items").GetArrayLength();
                next = page.GetProperty("next").GetString();
            }
            while (next is not null);
            Assert.Equal(list == "log" ? Lines : Activities + 1, items);
        }
        Assert.Equal(50, (await server.GetAsync($"{path}/log")).GetProperty("items").GetArrayLength());
        Assert.Equal(Lines / 2, await CountAsync(server, $"{path}/log?activity=A1"));
        await server.RefusedAsync(HttpMethod.Get, $"{path}/log?limit=501", 400, "request.bad_limit");
        await server.RefusedAsync(HttpMethod.Get, $"{path}/activities?cursor=x", 400, "request.bad_cursor");

        var page1 = await PageAsync(server, $"/runs/{id}");
        Assert.Contains("1 to 50 of 300", page1, StringComparison.Ordinal);
        Assert.Equal(50, Regex.Count(page1, "<th scope=\"row\">"));
        Assert.Equal(100, Regex.Count(page1, "<li><time"));
        Assert.Contains("line 19999<", page1, StringComparison.Ordinal);
        var later = Regex.Match(page1, "href=\"([^\"]*)\">Later activities").Groups[1].Value.Replace("&amp;", "&",
            StringComparison.Ordinal);
        var page2 = await PageAsync(server, later);
        Assert.Contains("51 to 100 of 300", page2, StringComparison.Ordinal);
        Assert.Empty(Names(page1).Intersect(Names(page2)));
        var older = await PageAsync(server, Regex.Match(page2, "href=\"([^\"]*)\">Older lines").Groups[1].Value.Replace("&amp;", "&",
            StringComparison.Ordinal));
        Assert.Contains("51 to 100 of 300", older, StringComparison.Ordinal);
        Assert.Contains("line 19899<", older, StringComparison.Ordinal);
        Assert.DoesNotContain("line 19900<", older, StringComparison.Ordinal);
        Assert.Contains("251 to 300 of 300", await PageAsync(server, $"/runs/{id}?steps=250&log=x"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Journal_is_folded_once_and_gone_on_with()
    {
        await using var server = await ServerHarness.StartAsync(postgres);
        var (begun, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        server.AddWorkflow("two", "A1 -> B1");
        server.Work["B1"] = _ =>
        {
            begun.SetResult();
            return gate.Task;
        };
        var (_, run, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "two", partition = "none" });
        var id = Guid.Parse(run.GetProperty("id").GetString()!);
        var (runs, histories) = (server.Services.GetRequiredService<RunStore>(), server.Services.GetRequiredService<RunHistories>());
        await begun.Task.InTimeAsync();

        var first = await histories.ReadAsync((await runs.FindAsync(id, Token))!, Token);
        Assert.Same(first, await histories.ReadAsync((await runs.FindAsync(id, Token))!, Token));
        var (executions, events) = (first.Executions.Select(execution => $"{execution.ActivityId} {execution.Status}").ToList(),
            first.Events.Count);
        gate.SetResult();
        await Eventually.IsAsync("the end of the run", async () => (await runs.FindAsync(id, Token))!.Status.IsFinal);
        var last = await histories.ReadAsync((await runs.FindAsync(id, Token))!, Token);

        // The one that a reader still has does not change under them.
        Assert.Equal(executions, first.Executions.Select(execution => $"{execution.ActivityId} {execution.Status}"));
        Assert.Equal(events, first.Events.Count);
        var whole = await runs.ReadHistoryAsync(id, known: null, Token);
        Assert.Equivalent(whole.Executions, last.Executions, strict: true);
        Assert.Equal(whole.Events, last.Events);
        Assert.Equal((whole.Sequence, whole.LastAt), (last.Sequence, last.LastAt));
        Assert.True(last.Sequence > first.Sequence);
    }

    async Task<Guid> RunAsync(ServerHarness server)
    {
        server.AddWorkflow("long", [.. Enumerable.Range(1, Activities - 1).Select(number => $"A{number} -> A{number + 1}")]);
        var (_, run, _) = await server.SendAsync(HttpMethod.Post, "/api/v1/runs", new { workflow = "long", partition = "none" });
        var id = Guid.Parse(run.GetProperty("id").GetString()!);
        var runs = server.Services.GetRequiredService<RunStore>();
        await Eventually.IsAsync("the end of the run", async () => (await runs.FindAsync(id, Token))!.Status.IsFinal);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await using var log = source.CreateCommand(
            "insert into orchestrator.activity_log (run_id, activity_id, attempt, at, event, message) select $1, case when n % 2 = 0 then 'A1' else 'A2' end, 1, now(), 'note', 'line ' || n from generate_series(0, $2 - 1) as n order by n");
        log.Parameters.Add(new() { Value = id });
        log.Parameters.Add(new() { Value = Lines });
        await log.ExecuteNonQueryAsync(Token);
        return id;
    }

    static async Task<int> CountAsync(ServerHarness server, string list)
    {
        var (items, next) = (0, (string?)null);
        do
        {
            var page = await server.GetAsync($"{list}&limit=500{(next is null ? "" : $"&cursor={next}")}");
            items += page.GetProperty("items").GetArrayLength();
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);
        return items;
    }

    static async Task<string> PageAsync(ServerHarness server, string address)
    {
        var page = await server.Client.GetStringAsync(new Uri(address, UriKind.Relative), Token);
        Assert.InRange(page.Length, 1, LargestAnswer);
        return page;
    }

    static IEnumerable<string> Names(string page) => Regex.Matches(page, "<th scope=\"row\"><a[^>]*>([^<]*)").Select(match =>
        match.Groups[1].Value);
}
