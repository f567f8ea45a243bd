using Microsoft.Extensions.Time.Testing;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>What the command line says to requests that cannot be; none of them starts the platform.</summary>
public sealed class UsageTests : IDisposable
{
    readonly StringWriter output = new();
    readonly StringWriter error = new();

    [Theory]
    [InlineData("run monthly-sales --partition 2026-13", "'2026-13' is not a month. Write it as year and month, such as 2026-10.")]
    [InlineData("run monthly-sales --partition october", "'october' is not a month. Write it as year and month, such as 2026-10.")]
    [InlineData("marts top-customers --month 2026-00", "'2026-00' is not a month. Write it as year and month, such as 2026-10.")]
    [InlineData("marts top-customers --limit 0", "'0' is no number of places. Give 1 or more.")]
    [InlineData("runs list --server http://host:5080/api/v1",
        "'http://host:5080/api/v1' has more than scheme, host and port, which is all that names a server. "
            + "Write it such as --server http://host:5080.")]
    [InlineData("runs list --server http://host/?a=b",
        "'http://host/?a=b' has more than scheme, host and port, which is all that names a server. "
            + "Write it such as --server http://host.")]
    [InlineData("run monthly-sales --store ftp://host/store", "'ftp://host/store' is not an object store. Write it as file: and a folder or s3: and a bucket, such as --store file:///srv/store or --store s3://bucket/prefix.")]
    public async Task Wrong_value_is_named_with_what_to_write_instead(string commandLine, string message)
    {
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync(commandLine));

        Assert.Equal(message, FirstLine());
        Assert.Empty(output.ToString());
    }

    [Theory]
    [InlineData("rnu monthly-sales", "See 'orchestrator --help'.")]
    [InlineData("runs", "See 'orchestrator runs --help'.")]
    [InlineData("run", "See 'orchestrator run --help'.")]
    public async Task Every_usage_error_ends_with_where_to_find_help(string commandLine, string hint)
    {
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync(commandLine));

        Assert.EndsWith(hint, error.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("run --help")]
    [InlineData("runs list --help")]
    [InlineData("assets show --help")]
    [InlineData("marts top-customers --help")]
    [InlineData("doctor --help")]
    [InlineData("completion --help")]
    [InlineData("workflows validate --help")]
    public async Task Help_has_examples(string commandLine)
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync(commandLine));

        Assert.Contains("Examples:", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run m", "monthly-sales")]
    [InlineData("ru", "run")]
    [InlineData("runs r", "resume")]
    [InlineData("run monthly-sales --partition 2026", "2026-10")]
    public async Task Shell_completion_suggests_what_fits(string line, string suggestion)
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync([$"[suggest:{line.Length}]", line]));

        Assert.Contains(suggestion, output.ToString().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_script_asks_this_program(string shell)
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync($"completion {shell}"));

        Assert.Contains("[suggest:", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shipped_workflows_are_valid()
    {
        foreach (var name in new[] { "monthly-sales", "import-sales" })
        {
            var code = await InvokeAsync(["workflows", "validate", Path.Combine(AppContext.BaseDirectory, "workflows", $"{name}.json")]);

            Assert.Equal($"{name}.json is valid.", output.ToString().TrimEnd().Split(Environment.NewLine)[^1]);
            Assert.Equal(ExitCodes.Succeeded, code);
        }
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }

    Task<int> InvokeAsync(string commandLine) => InvokeAsync(commandLine.Split(' '));

    Task<int> InvokeAsync(string[] arguments)
    {
        var time = new FakeTimeProvider(new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        return OrchestratorCommand.InvokeAsync(arguments, new(output, error, IsInteractive: false, time),
            new(static (_, _, _) => throw new InvalidOperationException("The platform was started."), static (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([])), TestContext.Current.CancellationToken);
    }

    string FirstLine() => error.ToString().Split(Environment.NewLine)[0];
}
