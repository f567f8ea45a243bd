using System.CommandLine;
using System.Globalization;
using Orchestrator.Server.Hosting;
using Orchestrator.Workflows.Assets;

namespace Orchestrator.Server.CommandLine;

/// <summary><c>assets list|show</c>.</summary>
static class AssetsCommand
{
    const int History = 12;

    public static Command Create(CommandContext context) => new("assets", "The tables and files that runs wrote.") { CreateList(context), CreateShow(context) };

    static Command CreateList(CommandContext context)
    {
        var json = CommandContext.Json();
        var command = new Command("list", "Lists the assets with what was written last.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var assets = await platform.Catalog.ListAssetsAsync(cancellationToken);
            if (parsed.GetValue(json)) JsonOutput.WriteRows(context.Terminal.Output, assets.Select(ToRow));
            else Table(assets).WriteTo(context.Terminal.Output, "There is no asset yet. 'orchestrator run monthly-sales' writes the first ones.");
        });
        return command;
    }

    static Command CreateShow(CommandContext context)
    {
        var name = new Argument<string>("ASSET") { Description = "Its name, such as fact_sales or raw/sales." };
        var month = CommandContext.Month("--partition", "The month; all of them where it is not given.", context.Terminal.Time);
        var lineage = new Option<bool>("--lineage") { Description = "Show the exact data that went into it, and what was made from it." };
        var json = CommandContext.Json();
        var command = new Command("show", "Shows an asset: what was written, its columns and files, and where they come from.") { name, month, lineage, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var platform = await context.StartAsync(parsed, cancellationToken);
            var asset = new AssetKey(parsed.GetRequiredValue(name));
            var history = await platform.Catalog.ListHistoryAsync(asset, parsed.GetValue(month), History, cancellationToken);
            if (history.Count == 0) throw await NotThereAsync(platform, asset, parsed.GetValue(month), cancellationToken);
            var shown = history[0];
            IReadOnlyList<Materialization> upstream = [], downstream = [];
            if (parsed.GetValue(lineage))
            {
                upstream = await platform.Catalog.ListUpstreamAsync(shown.Id, cancellationToken);
                downstream = await platform.Catalog.ListDownstreamAsync(shown.Id, cancellationToken);
            }
            if (parsed.GetValue(json))
            {
                JsonOutput.WriteRows(context.Terminal.Output, new
                {
                    Asset = asset.Name,
                    Current = ToRow(shown),
                    shown.Columns,
                    shown.Files,
                    History = history.Select(ToRow),
                    Upstream = upstream.Select(ToRow),
                    Downstream = downstream.Select(ToRow),
                });
            }
            else Show(context.Terminal.Output, platform, history, parsed.GetValue(lineage) ? (upstream, downstream) : null);
        });
        return command;
    }

    static void Show(
        TextWriter output, Platform platform, IReadOnlyList<Materialization> history, (IReadOnlyList<Materialization> Up, IReadOnlyList<Materialization> Down)? lineage)
    {
        var shown = history[0];
        output.WriteLine($"{shown.Asset}{(shown.Partition is { } month ? $" · {month}" : "")}");
        output.WriteLine($"  {Figures.Count(shown.Rows)} rows, {Figures.Bytes(shown.Bytes)}, by {shown.ActivityId} of run {shown.RunId}");
        foreach (var (name, value) in shown.Figures) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name}: {value}"));
        output.WriteLine("Columns");
        foreach (var column in shown.Columns) output.WriteLine($"  {column.Name} {column.Type}");
        output.WriteLine(shown.Files.Count == 0 ? $"Location  {shown.Location}" : "Files");
        foreach (var file in shown.Files)
        {
            var address = platform.Objects.AddressOf(file.Path);
            output.WriteLine($"  {(address.IsFile ? address.LocalPath : address)}  {Figures.Bytes(file.Bytes)}");
        }
        output.WriteLine("Written");
        foreach (var line in Table(history).Render("")) output.WriteLine($"  {line}");
        if (lineage is not var (up, down)) return;
        output.WriteLine("Made from");
        foreach (var line in Table(up).Render("nothing else")) output.WriteLine($"  {line}");
        output.WriteLine("Went into");
        foreach (var line in Table(down).Render("nothing yet")) output.WriteLine($"  {line}");
    }

    static TextTable Table(IEnumerable<Materialization> materializations)
    {
        var table = new TextTable("asset", "partition", ">rows", ">size", "committed (UTC)", "activity", "run", "id");
        foreach (var found in materializations)
        {
            table.Add(found.Asset.Name, found.Partition?.ToString() ?? "", Figures.Count(found.Rows), Figures.Bytes(found.Bytes),
                found.CommittedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture), found.ActivityId, found.RunId.ToString(), found.Id.ToString());
        }
        return table;
    }

    static object ToRow(Materialization found) => new
    {
        Asset = found.Asset.Name,
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

    static async Task<PlatformException> NotThereAsync(Platform platform, AssetKey asset, Partition? month, CancellationToken cancellationToken)
    {
        var known = (await platform.Catalog.ListAssetsAsync(cancellationToken)).Select(found => found.Asset.Name).ToList();
        return new("assets.not_materialized", known.Contains(asset.Name, StringComparer.Ordinal)
            ? $"Asset '{asset}' has no data for {month}. 'orchestrator assets show {asset}' lists the months it has."
            : $"There is no asset '{asset}'. {(known.Count == 0 ? "Nothing was written yet: 'orchestrator run monthly-sales' does." : $"There are {string.Join(", ", known)}.")}");
    }
}
