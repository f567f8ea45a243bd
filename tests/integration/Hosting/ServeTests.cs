using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Orchestrator.Tests.Integration.Hosting;

/// <summary>The server as a process of its own.</summary>
public sealed partial class ServeTests : IDisposable
{
    readonly DataFolder data = new();

    [Fact]
    public async Task Server_is_ready_with_a_reason_for_each_thing_it_needs_and_ends_when_it_is_asked_to()
    {
        using var server = Start();
        using var client = new HttpClient { BaseAddress = await AddressAsync(server) };

        var ready = await client.GetFromJsonAsync<JsonElement>("/readyz", TestContext.Current.CancellationToken);

        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Equal(["store Ok", "migrations Ok", "object store Ok", "engine Ok"],
            ready.GetProperty("checks").EnumerateArray().Select(check => $"{check.GetProperty("name").GetString()} {check.GetProperty("status").GetString()}"));
        var note = Path.Combine(data.Path, "server.json");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(note));

        server.Signal("TERM");
        var ended = await server.EndAsync();

        Assert.Equal((0, ""), (ended.ExitCode, ended.Error));
        Assert.Contains("No login: loopback and embedded storage.", ended.Output, StringComparison.Ordinal);
        Assert.EndsWith("Stopped.", ended.Lines[^1], StringComparison.Ordinal);
        Assert.False(File.Exists(note));
        Assert.Null(data.ServerProcess);
    }

    [Fact]
    public async Task Address_that_is_taken_is_an_error_that_says_what_to_do()
    {
        using var first = Start();
        var address = (await AddressAsync(first)).GetLeftPart(UriPartial.Authority);

        using var second = OrchestratorProcess.Start(new Dictionary<string, string>(), "serve", "--urls", address, "--data", data.Path);
        var ended = await second.EndAsync();

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal($"The server cannot listen on {address}/: another program does. Stop that program, or choose another address with --urls.", ended.Error.Trim());
    }

    public void Dispose() => data.Dispose();

    OrchestratorProcess Start() => OrchestratorProcess.Start(new Dictionary<string, string>(), "serve", "--urls", "http://127.0.0.1:0", "--data", data.Path);

    static async Task<Uri> AddressAsync(OrchestratorProcess server) => new(ListeningLine().Match(await server.WaitForAsync("Listening on ")).Groups[1].Value);

    [GeneratedRegex("Listening on (http://[0-9.:]+) as api, scheduler, worker with 4 workers")]
    private static partial Regex ListeningLine();
}
