using System.Text.Json;

namespace Orchestrator.Tests.Integration.CommandLine;

/// <summary><c>assets forget</c> through the real program.</summary>
public sealed class ForgetCommandTests : IDisposable
{
    readonly DataFolder data = new();

    [Fact]
    public async Task Month_is_forgotten_when_it_is_confirmed_and_a_killed_one_is_finished_by_the_next_process()
    {
        foreach (var month in new[] { "2026-08", "2026-09" }) Assert.Equal(0, (await RunAsync(Month(month))).ExitCode);

        var plan = await RunAsync("assets", "forget", "raw/sales", "--partition", "2026-09", "--json");
        Assert.True(plan.ExitCode == 0, plan.Error);
        var document = JsonElement.Parse(plan.Output);
        Assert.True(document.GetProperty("isDryRun").GetBoolean());
        Assert.Superset(
            new HashSet<string?>(["fact_sales", "mart_customer_monthly", "mart_sales_monthly", "raw/customers", "raw/sales", "warehouse/fact_sales", "export/coupons"]),
            document.GetProperty("forgotten").EnumerateArray().Select(gone => gone.GetProperty("asset").GetString()).ToHashSet());
        Assert.Contains("Add --yes to forget it", (await RunAsync("assets", "forget", "raw/sales", "--partition", "2026-09")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("assets", "show", "raw/sales", "--partition", "2026-09")).ExitCode);
        await RefusedAsync("raw/sales", "2026-13", "is not a month");
        await RefusedAsync("raw/sold", "2026-09", "There is no asset 'raw/sold'");

        using var killed = OrchestratorProcess.Start(new Dictionary<string, string> { ["ORCHESTRATOR_CRASH_AT"] = "forget.unloaded:1" },
            "assets", "forget", "raw/sales", "--partition", "2026-09", "--yes", "--data", data.Path);
        Assert.NotEqual(0, (await killed.EndAsync()).ExitCode);
        var resumed = await RunAsync("runs", "resume");
        Assert.True(resumed.ExitCode == 0, resumed.Output + resumed.Error);

        Assert.Equal(1, (await RunAsync("assets", "show", "raw/sales", "--partition", "2026-09")).ExitCode);
        Assert.Equal("[]", (await RunAsync("marts", "top-customers", "--month", "2026-09", "--json")).Output.Trim());
        Assert.Equal(5, JsonElement.Parse((await RunAsync("marts", "top-customers", "--month", "2026-08", "--limit", "5", "--json")).Output).GetArrayLength());
        var again = await RunAsync(Month("2026-09"));
        Assert.True(again.ExitCode == 0, again.Output + again.Error);
    }

    [Fact]
    public async Task Folder_without_data_is_said_and_stays_empty()
    {
        var ended = await RunAsync("assets", "forget", "raw/sales", "--partition", "2026-09", "--yes");
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains("There is no data in", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(data.Path));
    }

    public void Dispose() => data.Dispose();

    async Task RefusedAsync(string asset, string month, string message)
    {
        var ended = await RunAsync("assets", "forget", asset, "--partition", month, "--yes");
        Assert.NotEqual(0, ended.ExitCode);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
    }

    Task<OrchestratorProcess.Result> RunAsync(params IEnumerable<string> arguments) => OrchestratorProcess.RunAsync([.. arguments, "--data", data.Path]);

    static string[] Month(string month) => ["run", "monthly-sales", "--partition", month, "--input", "rows=2000", "--quiet"];
}
