using Microsoft.Extensions.Time.Testing;
using Orchestrator.Activities.Store;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.Store;

/// <summary>Vacuum on a folder store, two days after everything was written.</summary>
public sealed class VacuumTests(PostgresFixture postgres) : IDisposable
{
    static readonly string Chart = RuntimeHarness.Flowchart("A1 -> B1");

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-vacuum-").FullName;
    readonly FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow().AddDays(2));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    FolderStore Store => new(new Uri(folder + Path.DirectorySeparatorChar));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Only_files_that_nothing_refers_to_go()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var vacuum = new Vacuum(Store, runtime.Catalog, runtime.Store, runtime.Folders, clock);
        // A1 writes and fails once; what its second attempt writes is committed, then written anew by another run.
        runtime.Work["A1"] = async context =>
        {
            var written = await PutAsync(context.Attempt.RunId, context.Attempt.Attempt);
            if (context.Attempt.Attempt == 1) throw new ActivityFailedException("test.flaky", "Not yet.", isRetryable: true);
            context.AddMaterialization(RuntimeHarness.Draft("raw/sales") with { Files = [new(written.Key, written.Bytes, written.Sha256!, 1)] });
        };
        var (first, second) = (await runtime.RunAsync(Chart), await runtime.RunAsync(Chart));
        var open = await runtime.CreateAsync(Chart);
        var openKey = (await PutAsync(open.Id, 1)).Key;
        Write("notes/of/a/person.txt");
        Write(".tmp/half-written");

        var found = await vacuum.FindAsync(Vacuum.DefaultGrace, Token);

        Assert.Equal([KeyOf(first.Id, 1), KeyOf(second.Id, 1)], found.Files.Select(file => file.Key).Order(StringComparer.Ordinal));
        Assert.Equal([".tmp/half-written"], found.Leftovers.Select(file => file.Key));
        Assert.Equal((3, 3L * 7), (found.Count, found.Bytes));
        Assert.Equal(7, Files().Count);
        await vacuum.RemoveAsync(found, Token);
        Assert.Equal(((string[])[KeyOf(first.Id, 2), KeyOf(second.Id, 2), openKey, "notes/of/a/person.txt"]).Order(StringComparer.Ordinal), Files());
        Assert.Equal(0, (await vacuum.FindAsync(Vacuum.DefaultGrace, Token)).Count);

        // A run that was cancelled needs its files no more.
        await runtime.Worker.CancelAsync(open.Id, "test", runtime, Token);
        Assert.Equal([openKey], (await vacuum.FindAsync(Vacuum.DefaultGrace, Token)).Files.Select(file => file.Key));
    }

    [Fact]
    public async Task Young_files_stay()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres);
        var run = await runtime.RunAsync(Chart);
        await PutAsync(run.Id, 1);
        Write(".tmp/half-written");
        var vacuum = new Vacuum(Store, runtime.Catalog, runtime.Store, runtime.Folders, clock);
        Assert.Equal(0, (await vacuum.FindAsync(TimeSpan.FromDays(3), Token)).Count);
        Assert.Equal(2, (await vacuum.FindAsync(TimeSpan.FromDays(1), Token)).Count);
        Assert.Equal(0, (await new Vacuum(Store, runtime.Catalog, runtime.Store, runtime.Folders, TimeProvider.System).FindAsync(Vacuum.DefaultGrace, Token)).Count);
    }

    [Fact]
    public async Task What_workers_that_died_left_of_runs_that_have_ended_goes_and_what_an_open_run_needs_stays()
    {
        await using var runtime = await RuntimeHarness.StartAsync(postgres, options => options.HandoverDirectory = Path.Combine(folder, ".staged"));
        var (ended, open) = (await runtime.RunAsync(Chart), await runtime.CreateAsync(Chart));
        Write($".staged/{ended.Id}/A1-1/part-0.parquet");
        Write($".staged/{ended.Id}/A1-1/deep/part-1.parquet");
        Write($".staged/{open.Id}/A1-1/part-0.parquet");
        Write(".staged/of-a-person/notes.txt");
        var vacuum = new Vacuum(Store, runtime.Catalog, runtime.Store, runtime.Folders, clock);

        Assert.Empty((await vacuum.FindAsync(TimeSpan.FromDays(3), Token)).HandedOver);
        var found = await vacuum.FindAsync(Vacuum.DefaultGrace, Token);
        Assert.Equal([$".staged/{ended.Id}/A1-1/deep/part-1.parquet", $".staged/{ended.Id}/A1-1/part-0.parquet"], found.HandedOver.Select(file => file.Name));
        Assert.Equal((2, 14), (found.Count, found.Bytes));
        Assert.Equal(4, Files().Count);
        await vacuum.RemoveAsync(found, Token);

        Assert.Equal(((string[])[$".staged/{open.Id}/A1-1/part-0.parquet", ".staged/of-a-person/notes.txt"]).Order(StringComparer.Ordinal), Files());
        Assert.False(Directory.Exists(Path.Combine(folder, ".staged", ended.Id.ToString())));
    }

    [Fact]
    public async Task The_command_says_what_goes_before_it_goes()
    {
        var database = await postgres.CreateDatabaseAsync();
        RunStatus status;
        await using (var runtime = RuntimeHarness.On(database))
        {
            var run = await runtime.RunAsync(Chart);
            status = run.Status;
            await PutAsync(run.Id, 1);
        }
        using var data = new DataFolder();
        string[] common = ["--grace", "0", "--data", data.Path, "--postgres", database, "--store", new Uri(folder).AbsoluteUri];

        var dry = await OrchestratorProcess.RunAsync(["vacuum", "--dry-run", .. common]);
        Assert.Equal((RunStatus.Succeeded, 0, $"{Files().Single()}  7 B{Environment.NewLine}1 file, 7 B, would be removed.{Environment.NewLine}"), (status, dry.ExitCode, dry.Output));
        Assert.Single(Files());
        var real = await OrchestratorProcess.RunAsync(["vacuum", .. common]);
        Assert.Equal((0, $"1 file, 7 B, removed.{Environment.NewLine}"), (real.ExitCode, real.Output));
        Assert.Empty(Files());
    }

    static string KeyOf(Guid run, int attempt) => $"raw/sales/{run:n}-A1-{attempt}/part-00000.parquet";

    async Task<StoredObject> PutAsync(Guid run, int attempt)
    {
        var source = Path.GetTempFileName();
        await File.WriteAllTextAsync(source, "content", Token);
        var stored = await Store.PutFileAsync(KeyOf(run, attempt), source, null, Token);
        File.Delete(source);
        return stored;
    }

    void Write(string path)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "content");
    }

    List<string> Files() => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal)];
}
