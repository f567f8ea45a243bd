using System.Diagnostics;
using System.Text.Json;
using Npgsql;
using Orchestrator.Benchmarks.Engine;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Benchmarks.Runtime;

/// <summary>Durable state transitions of runs, beside the plainest thing that is durable: a loop that commits one row at a time.</summary>
static class Transitions
{
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1);

    /// <summary>Rows of about the size of a journal event, each committed by itself.</summary>
    /// <param name="connections">Loops at once, each on a connection of its own.</param>
    /// <returns>Commits per second.</returns>
    public static async Task<double> CommitSingleRowsAsync(RuntimeHost host, int connections, TimeSpan duration)
    {
        await host.ExecuteAsync("create table if not exists single_row (id uuid not null, sequence bigint not null, payload json not null, primary key (id, sequence))");
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(host.ConnectionString) { MaxPoolSize = connections });
        return await RateAsync(connections, duration, async (_, isOver) =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand("insert into single_row (id, sequence, payload) values ($1, $2, $3)", connection);
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7() });
            var sequence = new NpgsqlParameter<long>();
            command.Parameters.Add(sequence);
            command.Parameters.Add(new NpgsqlParameter { Value = """{"number":12345,"outputs":{"result":"a value of some length"}}""", NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Json });
            await command.PrepareAsync();
            for (; !isOver(); sequence.TypedValue++) await command.ExecuteNonQueryAsync();
            return sequence.TypedValue;
        });
    }

    /// <summary>One run of jobs in a row, driven as every run is: what follows from the journal alone shares a commit with what it follows from.</summary>
    /// <param name="jobs">How many, of four journal events each.</param>
    /// <returns>Transitions per second.</returns>
    public static async Task<double> DriveAsync(RuntimeHost host, int jobs)
    {
        var definition = host.Parse(LargeWorkflow.Jobs(jobs));
        await OnceAsync();
        return await OnceAsync();

        async Task<double> OnceAsync()
        {
            var run = await host.CreateAsync(definition);
            var clock = Stopwatch.StartNew();
            var ended = await host.DriveAsync(run.Id);
            clock.Stop();
            if (ended.Status is not RunStatus.Succeeded) throw new InvalidOperationException($"The run is {ended.Status}, not Succeeded: its time says nothing.");
            return await host.ScalarAsync<long>($"select last_sequence from orchestrator.run where id = '{run.Id}'") / clock.Elapsed.TotalSeconds;
        }
    }

    /// <summary>Runs whose activities start and complete, one journal event and one commit each, with the projections that pages read.</summary>
    /// <param name="runs">Runs at once; the transitions of one follow each other.</param>
    /// <returns>Transitions per second.</returns>
    public static async Task<double> AdvanceAsync(RuntimeHost host, int runs, TimeSpan duration)
    {
        var recorders = new List<RunRecorder>();
        for (var index = 0; index < runs; index++)
        {
            var recorder = await host.TakeAsync();
            recorder.Record(new RunStarted("bench"));
            await recorder.CommitAsync();
            recorders.Add(recorder);
        }
        return await RateAsync(runs, duration, (index, isOver) => AdvanceAsync(recorders[index], isOver));
    }

    static async Task<long> AdvanceAsync(RunRecorder recorder, Func<bool> isOver)
    {
        var outputs = new Dictionary<string, JsonElement> { ["result"] = JsonSerializer.SerializeToElement("a value of some length") };
        var begun = recorder.State.Sequence;
        while (!isOver())
        {
            var number = recorder.State.Executions.Count + 1;
            await CommitAsync(new ActivityScheduled(number, "Step1", null));
            await CommitAsync(new ActivityStarted(number, outputs));
            await CommitAsync(new AttemptStarted(number, number));
            await CommitAsync(new ActivityCompleted(number, Outputs: outputs));
        }
        return recorder.State.Sequence - begun;

        async Task CommitAsync(RunEvent happened)
        {
            recorder.Record(happened);
            await recorder.CommitAsync();
        }
    }

    static async Task<double> RateAsync(int loops, TimeSpan duration, Func<int, Func<bool>, Task<long>> loop)
    {
        await OnceAsync(WarmUp);
        return await OnceAsync(duration);

        async Task<double> OnceAsync(TimeSpan time)
        {
            var clock = Stopwatch.StartNew();
            var counts = await Task.WhenAll(Enumerable.Range(0, loops).Select(index => Task.Run(() => loop(index, () => clock.Elapsed >= time))));
            return counts.Sum() / clock.Elapsed.TotalSeconds;
        }
    }
}
