namespace Orchestrator.Server.CommandLine;

/// <summary>Examples at the end of each command's help.</summary>
static class Examples
{
    static readonly Dictionary<string, IReadOnlyList<string>> ByCommand = new(StringComparer.Ordinal)
    {
        ["orchestrator"] = ["orchestrator run monthly-sales", "orchestrator marts top-customers --month 2026-10", "orchestrator doctor"],
        ["orchestrator serve"] = ["orchestrator serve", "orchestrator serve --urls http://127.0.0.1:8080 --workers 8", "orchestrator serve --roles worker --postgres 'Host=db;Username=me;Password=secret;Database=sales'"],
        ["orchestrator run"] =
        [
            "orchestrator run monthly-sales",
            "orchestrator run monthly-sales --partition 2026-10 --input rows=20000",
            "orchestrator run import-sales --partition 2017-01 --input source=sales/*.csv --input mapping=@mapping.json",
            "orchestrator run monthly-sales --json | jq .rows",
        ],
        ["orchestrator runs"] = ["orchestrator runs list", "orchestrator runs resume"],
        ["orchestrator runs list"] = ["orchestrator runs list --limit 10", "orchestrator runs list --json"],
        ["orchestrator runs show"] = ["orchestrator runs show 0199c1d2-7a10-7c44-b3a1-2f0d6e1b9a55", "orchestrator runs show 0199c1d2"],
        ["orchestrator runs resume"] = ["orchestrator runs resume", "orchestrator runs resume 0199c1d2"],
        ["orchestrator runs cancel"] = ["orchestrator runs cancel 0199c1d2"],
        ["orchestrator retry"] = ["orchestrator retry last", "orchestrator retry 0199c1d2 --plan"],
        ["orchestrator rerun"] =
        [
            "orchestrator rerun last --from LoadTables",
            "orchestrator rerun last --from LoadTables --plan",
            "orchestrator rerun last --only BuildSalesMart1",
            "orchestrator rerun 0199c1d2 --latest --input rows=2000",
        ],
        ["orchestrator workflows list"] = ["orchestrator workflows list"],
        ["orchestrator workflows validate"] = ["orchestrator workflows validate my-workflow.json", "orchestrator workflows validate my-workflow.json --json"],
        ["orchestrator secrets set"] = ["orchestrator secrets set shop-api", "orchestrator secrets set shop-api --value-stdin < token.txt"],
        ["orchestrator schedules add"] = ["orchestrator schedules add monthly-sales --name early --cron \"30 2 1 * *\" --zone Europe/Berlin"],
        ["orchestrator schedules edit"] = ["orchestrator schedules edit monthly-sales --cron \"0 4 1 * *\" --catch-up last"],
        ["orchestrator schedules run-now"] = ["orchestrator schedules run-now monthly-sales --partition 2026-10"],
        ["orchestrator backfills start"] =
        [
            "orchestrator backfills start monthly-sales --from 2025-01 --to 2025-12 --dry-run",
            "orchestrator backfills start monthly-sales --from 2025-01 --to 2025-12 --max-parallel 2 --reprocess failed",
        ],
        ["orchestrator backfills cancel"] = ["orchestrator backfills cancel last --runs"],
        ["orchestrator schedules preview"] =
        [
            "orchestrator schedules preview --cron \"30 2 1 * *\" --zone Europe/Berlin",
            "orchestrator schedules preview --cron \"0 6 * * 1#1\" --after 2026-10-01T00:00:00Z --count 12 --json",
        ],
        ["orchestrator assets list"] = ["orchestrator assets list"],
        ["orchestrator assets show"] = ["orchestrator assets show fact_sales --partition 2026-10 --lineage", "orchestrator assets show dim_customer"],
        ["orchestrator marts top-customers"] = ["orchestrator marts top-customers --month 2026-10 --limit 20"],
        ["orchestrator marts top-sales-people"] = ["orchestrator marts top-sales-people --month 2026-10 --json"],
        ["orchestrator indexes report"] = ["orchestrator indexes report"],
        ["orchestrator vacuum"] = ["orchestrator vacuum --dry-run", "orchestrator vacuum --grace 72"],
        ["orchestrator pools list"] = ["orchestrator pools list"],
        ["orchestrator pools set"] = ["orchestrator pools set spark 2", "orchestrator pools set runs:monthly-sales unlimited"],
        ["orchestrator workers list"] = ["orchestrator workers list"],
        ["orchestrator users add"] = ["orchestrator users add ada --role admin", "orchestrator users add eve --role viewer --password-stdin < password.txt"],
        ["orchestrator users set-role"] = ["orchestrator users set-role eve --role operator"],
        ["orchestrator tokens create"] = ["orchestrator tokens create nightly --user ada --role operator --expires 90d"],
        ["orchestrator audit list"] = ["orchestrator audit list --who 'person ada' --limit 20"],
        ["orchestrator doctor"] = ["orchestrator doctor", "orchestrator doctor --postgres 'Host=db;Username=me;Password=secret;Database=sales'"],
        ["orchestrator completion"] = ["source <(orchestrator completion bash)", "orchestrator completion fish > ~/.config/fish/completions/orchestrator.fish"],
    };

    /// <summary>Returns the examples of a command by its full name; empty if it has none.</summary>
    public static IReadOnlyList<string> Of(string command) => ByCommand.GetValueOrDefault(command, []);
}
