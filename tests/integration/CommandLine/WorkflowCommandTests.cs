using System.Text.Json;
using Orchestrator.Server.CommandLine;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary><c>workflows</c> and what <c>run</c> says of workflows and their inputs, without a server: the store knows what can be run.</summary>
public sealed class WorkflowCommandTests(PostgresFixture postgres) : IDisposable
{
    readonly DataFolder data = new();
    string database = "";

    [Fact]
    public async Task What_is_wrong_with_a_run_is_said_before_it_starts()
    {
        Assert.Equal("There is no workflow 'quarterly-sales'. Known are import-sales and monthly-sales; or give the path of a definition's file.", await RefusedAsync("run quarterly-sales"));
        Assert.Equal(
            string.Join(Environment.NewLine,
                "Workflow 'monthly-sales' has no input 'row'. It takes rows (Int32), customers (Int32), stores (Int32), salesPeople (Int32), seed (Int64).",
                "Input 'rows' is 'many', but takes a whole number (Int32).",
                "'seed' is not an input. Write it as name=value, such as --input rows=20000."),
            await RefusedAsync("run monthly-sales --input row=5 --input rows=many --input seed"));
        Assert.Equal(
            string.Join(Environment.NewLine,
                "Workflow 'import-sales' needs the input 'source'. A Parquet, CSV or JSON lines file, a folder of them, or a pattern such as sales/*.csv. "
                    + "Give it with --input source=….",
                "Workflow 'import-sales' needs the input 'mapping'. Which columns or expressions of the source give the columns of a sale; see the mappings folder. "
                    + "Give it with --input mapping=…."),
            await RefusedAsync("run import-sales --partition 2017-01"));
        Assert.Equal("The file 'nowhere.json' of input 'mapping' does not exist. Give the path of a file after the @.",
            await RefusedAsync("run import-sales --input source=a.csv --input mapping=@nowhere.json"));
    }

    [Fact]
    public async Task Shipped_workflows_are_listed_and_taken_again()
    {
        var (code, output, error) = await InvokeAsync("workflows list --json");
        Assert.True(code == ExitCodes.Succeeded, error);
        Assert.Equal(["import-sales", "monthly-sales"], JsonElement.Parse(output).EnumerateArray().Select(workflow => workflow.GetProperty("workflow").GetString()));

        Assert.Equal((ExitCodes.Succeeded, "monthly-sales is at version 2, as it ships."), await InvokeAsync("workflows update monthly-sales") is var (done, said, _) ? (done, said.Trim()) : default);
        Assert.StartsWith("No workflow 'nothing' ships with the platform", (await InvokeAsync("workflows update nothing")).Error, StringComparison.Ordinal);
    }

    async Task<string> RefusedAsync(string commandLine)
    {
        var (code, output, error) = await InvokeAsync(commandLine);
        Assert.Equal((ExitCodes.BadUsage, ""), (code, output));
        return error.TrimEnd();
    }

    async Task<(int Code, string Output, string Error)> InvokeAsync(string commandLine)
    {
        if (database.Length == 0) database = await postgres.CreateDatabaseAsync();
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await OrchestratorCommand.InvokeAsync([.. commandLine.Split(' '), "--data", data.Path, "--postgres", database],
            new(output, error, IsInteractive: false, TimeProvider.System), EngineParts.Embedded, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }

    public void Dispose() => data.Dispose();
}
