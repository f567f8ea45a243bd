using Microsoft.Extensions.Time.Testing;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;
using static Orchestrator.Tests.Unit.Schedules.SchedulePreviewTests;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>The preview needs no platform: none is started here.</summary>
public sealed class PreviewCommandTests : IDisposable
{
    readonly StringWriter output = new();
    readonly StringWriter error = new();
    readonly FakeTimeProvider time = new(At("2026-10-10T12:00:00Z"));

    [Fact]
    public async Task Json_is_exactly_the_due_times_in_UTC()
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync("schedules", "preview", "--cron", "30 2 1 * *", "--zone", "Europe/Berlin", "--after", "2026-10-01T00:00:00Z", "--count", "2", "--json"));
        Assert.Equal("""{"next":["2026-10-01T00:30:00Z","2026-11-01T01:30:00Z"]}""", output.ToString().TrimEnd());
    }

    [Fact]
    public async Task Notes_follow_where_there_is_something_to_say()
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync("schedules", "preview", "--cron", "30 2 * * *", "--zone", "Europe/Berlin", "--after", "2026-03-28T12:00:00Z", "--count", "1", "--json"));
        Assert.Equal("""{"next":["2026-03-29T01:00:00Z"],"notes":["02:30 does not exist on 2026-03-29 in Europe/Berlin: it runs at 03:00."]}""", output.ToString().TrimEnd());
    }

    [Fact]
    public async Task Without_a_moment_it_looks_from_now_and_without_a_zone_in_UTC()
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync("schedules", "preview", "--cron", "0 2 1 * *", "--count", "1"));
        Assert.Equal("2026-11-01T02:00:00Z", output.ToString().TrimEnd());
    }

    [Fact]
    public async Task A_wrong_expression_is_bad_usage_with_what_was_expected()
    {
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync("schedules", "preview", "--cron", "30 2 1 *"));
        Assert.StartsWith("The cron expression '30 2 1 *' has 4 fields. Expected are 5 fields", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_moment_without_a_zone_is_UTC_and_anything_else_is_named()
    {
        Assert.Equal(ExitCodes.Succeeded, await InvokeAsync("schedules", "preview", "--cron", "0 0 1 * *", "--after", "2026-09-30T23:59:59", "--count", "1"));
        Assert.Equal("2026-10-01T00:00:00Z", output.ToString().TrimEnd());
        Assert.Equal(ExitCodes.BadUsage, await InvokeAsync("schedules", "preview", "--cron", "0 0 1 * *", "--after", "soon"));
        Assert.StartsWith("'soon' is not a moment. Write it such as 2026-10-01T00:00:00Z.", error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        output.Dispose();
        error.Dispose();
    }

    Task<int> InvokeAsync(params string[] arguments) =>
        OrchestratorCommand.InvokeAsync(arguments, new(output, error, IsInteractive: false, time), new((_, _, _) => { }, (_, _, _) => Task.FromResult<IReadOnlyList<Finding>>([])), TestContext.Current.CancellationToken);
}
