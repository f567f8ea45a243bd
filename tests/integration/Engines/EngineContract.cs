using Orchestrator.Spark.Engines;

namespace Orchestrator.Tests.Integration.Engines;

/// <summary>What every engine of the models does.</summary>
public abstract class EngineContract : IDisposable
{
    protected static readonly Dictionary<string, object?> None = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected string Folder { get; } = Directory.CreateTempSubdirectory("orchestrator-engine-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Table_without_rows_is_a_file_with_its_columns()
    {
        await using var session = await OpenAsync();
        await session.CreateViewAsync("nothing", [], [new("id", "text"), new("money", "decimal(18,2)")], Token);
        var written = await session.WriteAsync("select id, money from nothing", None, Target("none"), Token);
        Assert.Equal(0, written.Rows);
        Assert.Equal([new("id", "text"), new("money", "decimal(18,2)")], written.Columns);
        await session.CreateViewAsync("nothing", [.. written.Files.Select(file => file.Address)], [], Token);
        Assert.Empty(await session.QueryAsync("select id from nothing", None, Token));
    }

    [Fact]
    public async Task Months_of_files_are_one_view_with_the_month_beside_each_row()
    {
        await using var session = await OpenAsync();
        var (september, october) = (new DateOnly(2026, 9, 1), new DateOnly(2026, 10, 1));
        var first = await session.WriteAsync("select 'C1' as id", None, Target("september"), Token);
        var second = await session.WriteAsync("select 'C2' as id", None, Target("october"), Token);
        await session.CreateMonthlyViewAsync("members", [new(september, [first.Files[0].Address]), new(october, [second.Files[0].Address])], [], Token);
        var rows = await session.QueryAsync("select month, id from members order by month", None, Token);
        Assert.Equal([(september, "C1"), (october, "C2")], rows.Select(row => ((DateOnly)row["month"]!, (string)row["id"]!)));
        await session.CreateMonthlyViewAsync("members", [], [new("id", "text")], Token);
        Assert.Empty(await session.QueryAsync("select month, id from members", None, Token));
    }

    protected abstract Task<ISqlSession> OpenAsync();

    protected Uri Target(string name) => new($"file://{Folder}/store/{name}/");
}
