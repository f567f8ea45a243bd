using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>assets list|show|forget</c>.</summary>
static class AssetsCommand
{
    const int History = 12;

    public static Command Create(CommandContext context) => new("assets", "The tables and files that runs wrote.") { CreateList(context),
        CreateShow(context), ForgetCommand.Create(context) };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the assets with their last materialization.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var assets = await context.ReadAsync(parsed, [], server => server.GetAsync<IReadOnlyList<MaterializationResponse>>("assets", cancellationToken), cancellationToken);
            if (parsed.GetValue(json)) JsonOutput.Write(context.Terminal.Output, assets.Select(ToRow));
            else Table(assets).WriteTo(context.Terminal.Output, "There is no asset yet. 'orchestrator run monthly-sales' writes the first ones.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var name = new Argument<string>("ASSET") { Description = "Name of the asset, such as fact_sales or raw/sales." };
        var month = CommandContext.Month("--partition", "The month; all of them where it is not given.", context.Terminal.Time);
        var isLineage = new Option<bool>("--lineage")
        {
            Description = "Show the exact data that it was made from, and what was made from it.",
        };
        var json = CommandContext.Json();
        var command = new Command("show", "Shows an asset: its last materialization, columns, files and origin.")
        {
            name, month, isLineage, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await context.ConnectToDataAsync(parsed, cancellationToken);
            var path = $"assets/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}";
            var (ofMonth, only) = parsed.GetValue(month) is { } given ? ($"?partition={given}", $"&partition={given}") : ("", "");
            var shown = await server.GetAsync<MaterializationResponse>($"{path}{ofMonth}", cancellationToken);
            var history = (await server.GetAsync<Page<MaterializationResponse>>($"{path}/materializations?limit={History}{only}", cancellationToken)).Items;
            var lineage = parsed.GetValue(isLineage) ? await server.GetAsync<LineageResponse>($"materializations/{shown.Id}/lineage", cancellationToken) : null;
            if (parsed.GetValue(json))
            {
                JsonOutput.Write(context.Terminal.Output, new
                {
                    shown.Asset,
                    Current = ToRow(shown),
                    shown.Columns,
                    Files = shown.Files.Select(file => new { file.Path, file.Bytes, file.Sha256, file.Rows }),
                    History = history.Select(ToRow),
                    Upstream = lineage?.Upstream.Select(ToRow) ?? [],
                    Downstream = lineage?.Downstream.Select(ToRow) ?? [],
                });
            }
            else Show(context.Terminal.Output, shown, history, lineage);
        });
        return command;
    }

    static void Show(TextWriter output, MaterializationResponse shown, IReadOnlyList<MaterializationResponse> history, LineageResponse? lineage)
    {
        output.WriteLine($"{shown.Asset}{(shown.Partition is { } month ? $" · {month}" : "")}");
        output.WriteLine($"  {Figures.Count(shown.Rows)} rows, {Figures.Bytes(shown.Bytes)}, by {shown.ActivityId} of run {shown.RunId}");
        if (shown.Engine is { } engine) output.WriteLine($"  {engine}");
        foreach (var (name, value) in shown.Figures) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {value}"));
        output.WriteLine("Columns");
        foreach (var column in shown.Columns) output.WriteLine($"  {column.Name} {column.Type}");
        output.WriteLine(shown.Files.Count == 0 ? $"Location  {shown.Location}" : "Files");
        foreach (var file in shown.Files)
        {
            var address = new Uri(file.Address);
            output.WriteLine($"  {(address.IsFile ? address.LocalPath : address)}  {Figures.Bytes(file.Bytes)}");
        }
        output.WriteLine("Written");
        foreach (var line in Table(history).Render("")) output.WriteLine($"  {line}");
        if (lineage is null) return;
        output.WriteLine("Made from");
        foreach (var line in Table(lineage.Upstream).Render("nothing else")) output.WriteLine($"  {line}");
        output.WriteLine("Went into");
        foreach (var line in Table(lineage.Downstream).Render("nothing yet")) output.WriteLine($"  {line}");
    }

    static TextTable Table(IEnumerable<MaterializationResponse> materializations)
    {
        var table = new TextTable("asset", "partition", ">rows", ">size", "committed (UTC)", "activity", "run", "id");
        foreach (var found in materializations)
        {
            table.Add(found.Asset, found.Partition?.ToString() ?? "", Figures.Count(found.Rows), Figures.Bytes(found.Bytes),
                found.CommittedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), found.ActivityId, found.RunId.ToString(), found.Id.ToString());
        }
        return table;
    }

    static object ToRow(MaterializationResponse found) => new
    {
        found.Asset,
        Partition = found.Partition?.ToString(),
        found.Id,
        found.Rows,
        found.Bytes,
        found.Location,
        found.CommittedAt,
        found.RunId,
        found.ActivityId,
        found.Attempt,
        found.CodeVersion,
        found.Inputs,
    };
}
