using System.Text;
using System.Text.Json.Nodes;
using DuckDB.NET.Data;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Activities.Sales;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>A folder of source files, and imports of them.</summary>
public sealed class ImportScene : IDisposable
{
    /// <summary>A header that needs no mapping.</summary>
    public const string Header = "customer_id,store_id,sales_date,quantity,total_cost\n";

    readonly ActivityHarness harness = new();
    int attempts;

    public ImportScene() => harness.Services.Configure<ImportFolderOptions>(
        folders => (folders.Allowed, folders.Forbidden) = (Allowed, Forbidden));

    /// <summary>Folders that imports read; its own by default.</summary>
    public IReadOnlyList<string> Allowed { get => field ?? [Folder]; set; }

    /// <summary>Folders that they never read.</summary>
    public IReadOnlyList<string> Forbidden { get; set; } = [];

    public string Folder => harness.Folder;

    public void Dispose() => harness.Dispose();

    public string Write(string name, string text, Encoding? encoding = null) => Write(name, (encoding ?? new UTF8Encoding(false)).GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a Parquet file of a query.</summary>
    public string WriteParquet(string name, string query)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        var path = Path.Combine(Folder, name);
        command.CommandText = $"copy ({query}) to '{path}' (format parquet)";
        command.ExecuteNonQuery();
        return path;
    }

    public async Task<Import> ImportAsync(string source, string? mapping = null, double maxShare = 1, string month = "2026-10", CancellationToken? cancellationToken = null)
    {
        var inputs = new Dictionary<string, object?> { ["Source"] = source, ["MaxQuarantinedShare"] = maxShare };
        if (mapping is not null) inputs["Mapping"] = JsonNode.Parse(mapping)!.AsObject();
        var (outputs, attempt) = await harness.ExecuteAsync<ImportSales>(Partition.Parse(month), inputs, ++attempts, cancellationToken ?? TestContext.Current.CancellationToken);
        return new((StagedMonth)outputs["Staged"]!, (ControlTotals)outputs["ControlTotals"]!, attempt.Metrics);
    }

    /// <summary>The error of an import, whose text must be this one.</summary>
    public async Task FailsAsync(string code, string message, string source, string? mapping = null, double maxShare = 0.05, string month = "2026-10")
    {
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => ImportAsync(source, mapping, maxShare, month));
        Assert.Equal((code, message), (failure.Code, failure.Message));
        Assert.False(failure.IsRetryable);
    }
}

/// <summary>What an import gave.</summary>
public sealed record Import(StagedMonth Staged, ControlTotals Totals, IReadOnlyDictionary<string, decimal> Metrics)
{
    /// <summary>Rows in, good, quarantined, outside.</summary>
    public (decimal In, decimal Good, decimal Quarantined, decimal Outside) Rows =>
        (Metrics[MetricNames.RowsIn], Metrics[MetricNames.RowsGood], Metrics[MetricNames.RowsQuarantined], Metrics[MetricNames.RowsOutside]);

    /// <summary>The good sales in the order of their files, each as text.</summary>
    public List<string> Sales => Read(0, "concat_ws('|', customer_id, store_id, sales_date, coalesce(sales_person_id, '-'), price, quantity, total_cost)");

    /// <summary>The quarantine, each row as text.</summary>
    public List<string> Quarantine => Read(1, "concat_ws('|', source_file, line, rule, raw)");

    List<string> Read(int asset, string expression)
    {
        var rows = new List<string>();
        if (Staged.Assets[asset].Files.Count == 0) return rows;
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"select {expression} from read_parquet([{string.Join(", ", Staged.Assets[asset].Files.Select(file => $"'{file.Path}'"))}])";
        using var reader = command.ExecuteReader();
        while (reader.Read()) rows.Add(reader.GetString(0));
        return rows;
    }
}
