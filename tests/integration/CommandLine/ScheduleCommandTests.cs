using System.Text.Json;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary><c>schedules</c> and <c>backfills</c> on the command line, which ask a server.</summary>
public sealed class ScheduleCommandTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_schedule_is_made_changed_switched_run_and_deleted()
    {
        await using var server = await StartAsync();
        Assert.Contains("mine: monthly-sales at '0 2 1 * *' in Europe/Berlin, off", await SucceedAsync(server, "schedules", "add", "monthly-sales", "--name", "mine", "--cron", "0 2 1 * *", "--zone", "Europe/Berlin", "--off"), StringComparison.Ordinal);
        Assert.Contains("'30 4 1 * *' in Europe/Berlin, off", await SucceedAsync(server, "schedules", "edit", "mine", "--cron", "30 4 1 * *", "--catch-up", "last", "--mapping", "same-month"), StringComparison.Ordinal);
        var schedule = JsonElement.Parse(await SucceedAsync(server, "schedules", "show", "mine", "--json"));
        Assert.Equal(("Last", "SameMonth", 2), (schedule.GetProperty("catchUp").GetString(), schedule.GetProperty("mapping").GetString(), schedule.GetProperty("version").GetInt32()));
        Assert.Contains(", on, next ", await SucceedAsync(server, "schedules", "on", "mine"), StringComparison.Ordinal);
        Assert.Contains(", off", await SucceedAsync(server, "schedules", "off", "mine"), StringComparison.Ordinal);
        Assert.Contains("for 2026-05 is accepted.", await SucceedAsync(server, "schedules", "run-now", "mine", "--partition", "2026-05"), StringComparison.Ordinal);
        Assert.Contains("2026-05", await SucceedAsync(server, "schedules", "occurrences", "mine"), StringComparison.Ordinal);
        Assert.Equal("""{"next":["2026-10-01T02:30:00Z"]}""", (await SucceedAsync(server, "schedules", "preview", "mine", "--after", "2026-10-01", "--count", "1", "--json")).TrimEnd());
        Assert.Contains("30 4 1 * *", await SucceedAsync(server, "schedules", "list"), StringComparison.Ordinal);
        await SucceedAsync(server, "schedules", "remove", "mine");
        var (code, _, error) = await InvokeAsync(server, "schedules", "show", "mine");
        Assert.Equal((ExitCodes.Failed, "There is no schedule 'mine'. List the schedules to see their names."), (code, error.TrimEnd()));
    }

    [Fact]
    public async Task A_backfill_is_tried_out_started_shown_and_cancelled()
    {
        await using var server = await StartAsync();
        Assert.Contains("3 runs with 3 activities. Nothing was started.", await SucceedAsync(server, "backfills", "start", "monthly-sales", "--from", "2026-01", "--to", "2026-03", "--dry-run"), StringComparison.Ordinal);
        Assert.Contains("2026-01 to 2026-03: Running (3 pending)", await SucceedAsync(server, "backfills", "start", "monthly-sales", "--from", "2026-01", "--to", "2026-03"), StringComparison.Ordinal);
        Assert.Contains("Paused", await SucceedAsync(server, "backfills", "pause", "last"), StringComparison.Ordinal);
        Assert.Contains("Running", await SucceedAsync(server, "backfills", "resume", "last"), StringComparison.Ordinal);
        Assert.Contains("Cancelled (3 cancelled)", await SucceedAsync(server, "backfills", "cancel", "last", "--runs"), StringComparison.Ordinal);
        Assert.Contains("The backfill was cancelled.", await SucceedAsync(server, "backfills", "show", "last"), StringComparison.Ordinal);
        Assert.Contains("monthly-sales", await SucceedAsync(server, "backfills", "list"), StringComparison.Ordinal);
        var (code, _, error) = await InvokeAsync(server, "backfills", "start", "monthly-sales", "--from", "2026-03", "--to", "2026-01");
        Assert.Equal(ExitCodes.BadUsage, code);
        Assert.StartsWith("From 2026-03 to 2026-01 is backwards.", error, StringComparison.Ordinal);
    }

    // Without the roles that would run what is started here.
    async Task<ServerHarness> StartAsync()
    {
        var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        server.AddWorkflow("monthly-sales", "A1");
        return server;
    }

    static async Task<string> SucceedAsync(ServerHarness server, params string[] arguments)
    {
        var (code, output, error) = await InvokeAsync(server, arguments);
        Assert.True(code == ExitCodes.Succeeded, error);
        return output;
    }

    static async Task<(int Code, string Output, string Error)> InvokeAsync(ServerHarness server, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await OrchestratorCommand.InvokeAsync(
            [.. arguments, "--server", server.Address.ToString()], new(output, error, IsInteractive: false, TimeProvider.System),
            EngineParts.Embedded, TestContext.Current.CancellationToken);
        return (code, output.ToString(), error.ToString());
    }
}
