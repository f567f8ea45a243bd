using System.Net;
using System.Net.Sockets;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary>A server or a command that cannot start says why in one sentence, and nothing else.</summary>
public sealed class StartErrorTests : IDisposable
{
    readonly DataFolder data = new();

    [Fact]
    public async Task Taken_port_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var address = $"http://{other.LocalEndpoint}";
        var ended = await RunAsync([], "serve", "--urls", address);
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.Equal($"The server cannot listen on {address}/: another program does. Stop that program, or choose another address with --urls.", ended.Error.Trim());
    }

    [Fact]
    public async Task Address_for_https_without_a_certificate_is_one_sentence()
    {
        var ended = await RunAsync(new() { ["DOTNET_DEV_CERTS_HOME"] = data.Path, ["HOME"] = data.Path }, "serve", "--urls", "https://127.0.0.1:0");
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith("The server cannot listen on https://127.0.0.1:0/: its certificate cannot be used: ", ended.Error, StringComparison.Ordinal);
        Assert.Single(ended.Error.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("serve", "Runs__Lease", "abc", "Failed to convert configuration value 'abc' at 'Runs:Lease' to type 'System.TimeSpan'. Correct it in appsettings.json or in the environment.")]
    [InlineData("serve", "Server__Workers", "many", "'many' is no number of workers. Give 1 to 1000.")]
    [InlineData("serve", "Logging__LogLevel__Default", "loud", "A level of the section Logging is wrong: Configuration value 'loud' is not supported. Correct it in appsettings.json or in the environment.")]
    [InlineData("run monthly-sales", "Activities__LoadTables__CopyBuffers", "all", null)]
    [InlineData("run monthly-sales", "Spark__DuckDb__MemoryLimitMiB", "all", null)]
    public async Task Wrong_setting_is_one_sentence_before_anything_is_started(string command, string name, string value, string? message)
    {
        var ended = await RunAsync(new() { [name] = value }, [.. command.Split(' '), .. command == "serve" ? ["--urls", "http://127.0.0.1:0"] : Array.Empty<string>()]);
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Equal("", ended.Output);
        Assert.Equal(message ?? $"Failed to convert configuration value '{value}' at '{name.Replace("__", ":", StringComparison.Ordinal)}' to type 'System.Int32'. Correct it in appsettings.json or in the environment.",
            ended.Error.Trim());
    }

    public void Dispose() => data.Dispose();

    async Task<OrchestratorProcess.Result> RunAsync(Dictionary<string, string> environment, params string[] arguments)
    {
        using var started = OrchestratorProcess.Start(environment, [.. arguments, "--data", data.Path]);
        return await started.EndAsync();
    }
}
