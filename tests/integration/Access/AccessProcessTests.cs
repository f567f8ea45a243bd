using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.Access;

/// <summary>Login as people set it up: commands on the database, then a server as a process of its own.</summary>
public sealed class AccessProcessTests : IDisposable
{
    static readonly Dictionary<string, string> NoEnvironment = [];
    readonly DataFolder data = new();

    [Fact]
    public async Task Server_that_others_can_reach_starts_once_there_is_a_user_and_knows_who_gives_commands()
    {
        // Every address of this machine: what the first start refuses is what the second one serves.
        var refused = await RunAsync("serve", "--urls", "http://0.0.0.0:0");
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        Assert.Equal("The server needs a login, since other machines can reach http://0.0.0.0:0/, but there is no user yet. Add one with 'orchestrator users add NAME --role admin' "
            + "and the same --data and --postgres; roles are viewer, operator, author and admin. Without login it serves a loopback address with embedded storage only.", refused.Error.Trim());

        var added = await RunWithInputAsync($"{AccessScene.Password}\n", "users", "add", "Ada", "--role", "operator", "--password-stdin");
        Assert.Equal((0, "User 'ada' may log in as operator.", ""), (added.ExitCode, added.Output.Trim(), added.Error));
        var made = await RunAsync("tokens", "create", "nightly", "--user", "ada", "--expires", "1d");
        var token = made.Output.Trim();
        Assert.Matches("^orch_[A-Za-z0-9_-]{43}$", token);

        using var server = OrchestratorProcess.Start(NoEnvironment, "serve", "--urls", "http://0.0.0.0:0", "--data", data.Path);
        var started = await server.WaitForAsync("is not encrypted");
        Assert.Contains("Login is required: other machines can reach http://0.0.0.0:0/.", started, StringComparison.Ordinal);
        var address = $"http://127.0.0.1:{Regex.Match(started, @"Listening on http://[^ :]+:(\d+)").Groups[1].Value}";

        // The command line of the same user is let in by the socket, others by a token. No file in the data folder opens anything.
        var note = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(data.Path, "server.json"),
            TestContext.Current.CancellationToken));
        Assert.Equal(["url", "socket", "processId", "storage"], note.EnumerateObject().Select(member => member.Name));
        var socket = Path.GetDirectoryName(note.GetProperty("socket").GetString())!;
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(socket));
        Assert.Equal("[]", (await RunAsync("runs", "list", "--json")).Output.Trim());
        using var client = new HttpClient { BaseAddress = new(address) };
        Assert.Equal("access.not_logged_in", await CodeAsync(client));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Null(await CodeAsync(client));
        // What others see of it depends on their role, wherever their own folder is.
        var afar = new Dictionary<string, string>(StringComparer.Ordinal) { ["ORCHESTRATOR_TOKEN"] = token };
        using var elsewhere = new DataFolder();
        foreach (var list in new[] { "audit", "users", "tokens" })
        {
            using var asked = OrchestratorProcess.Start(afar, list, "list", "--server", address, "--data", elsewhere.Path);
            var ended = await asked.EndAsync();
            Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
            Assert.Contains("needs the role admin, but token nightly of ada has operator", ended.Error, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere.Path));
        await RunAsync("tokens", "revoke", "nightly");
        Assert.Equal("access.token_refused", await CodeAsync(client));

        var log = JsonElement.Parse((await RunAsync("audit", "list", "--json")).Output);
        Assert.Equal(["showToken /api/v1/server", "revokeToken token nightly", "createToken token nightly", "addUser user ada"],
            log.EnumerateArray().Select(entry => $"{entry.GetProperty("action").GetString()} {entry.GetProperty("resource").GetString()}"));
        Assert.Equal("unknown token", log[0].GetProperty("who").GetString());
        Assert.All(log.EnumerateArray().Skip(1), entry => Assert.Equal($"command line of {Environment.UserName}",
            entry.GetProperty("who").GetString()));
        server.Signal("TERM");
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
        Assert.False(Directory.Exists(socket));
    }

    public void Dispose() => data.Dispose();

    async Task<OrchestratorProcess.Result> RunAsync(params string[] arguments) => await OrchestratorProcess.RunAsync([.. arguments, "--data", data.Path]);

    async Task<OrchestratorProcess.Result> RunWithInputAsync(string input, params string[] arguments)
    {
        using var started = OrchestratorProcess.Start(NoEnvironment, [.. arguments, "--data", data.Path]);
        await started.WriteAsync(input);
        return await started.EndAsync();
    }

    static async Task<string?> CodeAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri("/api/v1/server", UriKind.Relative), TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode ? null
            : JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("code").GetString();
    }
}
