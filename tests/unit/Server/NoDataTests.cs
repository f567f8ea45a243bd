using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>Commands that only look: in a folder without data they make none, and with <c>--server</c> they never answer from this machine.</summary>
public sealed class NoDataTests : IDisposable
{
    readonly StringWriter output = new();
    readonly StringWriter error = new();
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("orchestrator-empty-");

    static readonly string[] Lists =
    [
        "runs list", "assets list", "schedules list", "schedules occurrences", "backfills list", "users list", "tokens list", "audit list", "secrets list",
        "pools list", "workers list", "workflows list",
    ];

    public static TheoryData<string> EveryList => [.. Lists];

    public static TheoryData<string> EveryLook =>
    [
        .. Lists, "runs show last", "runs cancel last", "retry last", "rerun last --plan", "assets show fact_sales", "marts top-customers", "indexes report", "schedules show s",
        "backfills show last", "vacuum --dry-run", "secrets remove s", "tokens revoke t", "users remove u",
    ];

    [Theory]
    [MemberData(nameof(EveryList))]
    public async Task List_of_a_folder_without_data_is_empty_and_makes_no_data(string command)
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync($"{command} --json --data {folder.FullName}/data"));
        if (command == "workflows list") Assert.Contains("\"workflow\":\"monthly-sales\"", output.ToString(), StringComparison.Ordinal);
        else Assert.Equal("[]", output.ToString().Trim());
        Assert.Empty(folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Something_to_show_needs_data_and_the_error_says_where_it_was_looked_for()
    {
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync($"runs show last --data {folder.FullName}/data"));
        Assert.Equal($"There is no data in '{folder.FullName}/data' yet. 'orchestrator run monthly-sales' makes some; --data names another folder, --server a server.",
            error.ToString().Trim());
        Assert.Empty(folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [MemberData(nameof(EveryLook))]
    public async Task Named_server_that_does_not_answer_is_an_error_and_never_an_answer_from_here(string command)
    {
        Assert.Equal(ExitCodes.Failed, await InvokeAsync($"{command} --server http://127.0.0.1:1 --data {folder.FullName}/data"));
        Assert.StartsWith("No server answers at http://127.0.0.1:1", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
        Assert.Empty(folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("serve", "serve")]
    [InlineData("doctor", "doctor")]
    [InlineData("runs resume", "resume")]
    [InlineData("completion bash", "completion")]
    [InlineData("workflows validate x.json", "validate")]
    public async Task Command_that_works_on_this_machine_refuses_a_server(string command, string name)
    {
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync($"{command} --server http://127.0.0.1:1 --data {folder.FullName}/data"));
        Assert.Equal($"'{name}' works on this machine and asks no server. Leave --server out, or give the command on the server's machine.",
            error.ToString().Split(Environment.NewLine)[0]);
        Assert.Empty(folder.EnumerateFileSystemInfos());
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
        folder.Delete(recursive: true);
    }

    Task<int> InvokeAsync(string commandLine) => OrchestratorCommand.InvokeAsync(
        commandLine.Split(' '), new(output, error, IsInteractive: false, TimeProvider.System), new((_, _, _) => { }, (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([])),
        TestContext.Current.CancellationToken);
}
