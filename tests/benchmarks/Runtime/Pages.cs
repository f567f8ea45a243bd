using Orchestrator.Workflows.Assets;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>What pages and commands read.</summary>
static class Pages
{
    const int Count = 300;

    /// <summary>Pages of fifty runs: the newest, failed ones, open ones, those of a month, by their end and by their month, and pages deep in the past.</summary>
    public static async Task<Samples> ListAsync(RuntimeHost host)
    {
        var ids = await RandomRunsAsync(host);
        var before = (await host.Runs.FindAsync(ids[0], CancellationToken.None))!;
        RunQuery Query(int index) => (index % 7) switch
        {
            0 => new(),
            1 => new() { Statuses = [RunStatus.Failed] },
            2 => new() { DefinitionIds = ["steps"], Statuses = [RunStatus.Running, RunStatus.Suspended] },
            3 => new() { FirstPartition = new Partition(new(2026, 3, 1)), LastPartition = new Partition(new(2026, 3, 1)) },
            4 => new() { Order = RunOrder.Finished },
            5 => new() { Order = RunOrder.Partition, IsDescending = false },
            _ => new() { After = new(before.CreatedAt, before.Id) },
        };
        return await Samples.TakeAsync(Count, index => host.Runs.ListPageAsync(Query(index), CancellationToken.None));
    }

    /// <summary>Everything that the page of a run shows, of runs all over the past.</summary>
    public static async Task<Samples> ShowAsync(RuntimeHost host)
    {
        var ids = await RandomRunsAsync(host);
        return await Samples.TakeAsync(Count, async index =>
        {
            var id = ids[index % ids.Length];
            await host.Runs.FindAsync(id, CancellationToken.None);
            await host.Runs.ListExecutionsAsync(id, CancellationToken.None);
            await host.Runs.ListLogAsync(id, CancellationToken.None);
            await host.Runs.ListChecksAsync(id, CancellationToken.None);
        });
    }

    static Task<Guid[]> RandomRunsAsync(RuntimeHost host) =>
        host.ScalarAsync<Guid[]>($"select array_agg(id) from (select id from orchestrator.run tablesample bernoulli (5) repeatable (7) order by md5(id::text) limit {Count}) as chosen");
}
