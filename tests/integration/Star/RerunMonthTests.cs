using System.Text.Json;
using Npgsql;

namespace Orchestrator.Tests.Integration.Star;

/// <summary>A month of the real workflow that fails near its end, repeated by the real program.</summary>
public sealed class RerunMonthTests(PostgresFixture postgres) : IDisposable
{
    static readonly string[] Month = ["--partition", "2026-10", "--input", "rows=1000"];
    readonly DataFolder data = new(), other = new();

    [Fact]
    public async Task A_month_whose_tuning_failed_is_retried_from_there_and_comes_to_the_same_marts()
    {
        var (database, undisturbed) = (await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync());
        await RunAsync(undisturbed, other, 0, ["run", "monthly-sales", .. Month, "--quiet"]);
        await RunAsync(database, data, 0, "runs", "list");
        await ExecuteAsync(database, "alter table sales.index_decision rename to index_decision_gone");
        await RunAsync(database, data, 1, ["run", "monthly-sales", .. Month, "--quiet"]);
        await ExecuteAsync(database, "alter table sales.index_decision_gone rename to index_decision");

        var plan = await RunAsync(database, data, 0, "retry", "last", "--plan");
        Assert.Matches(@"LoadTables1 +reused +from this run, ", plan);
        Assert.Matches(@"TuneIndexes1 +runs +failed with ", plan);
        Assert.Matches(@"ExportCoupons1 +runs +was not reached", plan);
        var document = JsonElement.Parse(await RunAsync(database, data, 0, "retry", "last", "--json"));
        Assert.Equal("Succeeded", document.GetProperty("status").GetString());
        Assert.Equal(["TuneIndexes1", "ExportCoupons1", "ExportIncentives1"],
            document.GetProperty("activities").EnumerateArray().Where(activity => activity.GetProperty("attempts").GetInt32() > 0).Select(activity => activity.GetProperty("id").GetString()));
        string[] question = ["marts", "top-customers", "--month", "2026-10", "--limit", "10000", "--json"];
        Assert.Equal(await RunAsync(undisturbed, other, 0, question), await RunAsync(database, data, 0, question));
        Assert.Matches(@"→ +\S+ +Succeeded", await RunAsync(database, data, 0, "runs", "show", "last"));

        // The uploaded files were made in the first run's work folder, which is gone: they are made again.
        var upload = JsonElement.Parse(await RunAsync(database, data, 0, "rerun", "last", "--from", "UploadPartitions", "--plan", "--json"));
        Assert.Equal("its files are no longer there, and 'UploadPartitions1' needs them",
            upload.GetProperty("activities").EnumerateArray().Single(activity => activity.GetProperty("activityId").GetString() == "GenerateSales1").GetProperty("why").GetString());
        await RunAsync(database, data, 0, "rerun", "last", "--from", "UploadPartitions", "--quiet");
        Assert.Equal(await RunAsync(undisturbed, other, 0, question), await RunAsync(database, data, 0, question));
    }

    public void Dispose()
    {
        data.Dispose();
        other.Dispose();
    }

    static async Task<string> RunAsync(string database, DataFolder folder, int exitCode, params string[] arguments)
    {
        var result = await OrchestratorProcess.RunAsync([.. arguments, "--data", folder.Path, "--postgres", database]);
        Assert.True(result.ExitCode == exitCode, $"{string.Join(' ', arguments)} ended with {result.ExitCode}:{Environment.NewLine}{result.Output}{result.Error}");
        return result.Output;
    }

    static async Task ExecuteAsync(string database, string statement)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
