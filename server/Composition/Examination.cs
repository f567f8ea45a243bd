using System.Globalization;
using Npgsql;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Postgres;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Server.Composition;

/// <summary>Result of checking one thing that the platform needs.</summary>
/// <param name="Check">Name of the check.</param>
/// <param name="IsOk">Whether the check passed.</param>
/// <param name="Found">What was found.</param>
/// <param name="ToDo">What to do; <see langword="null"/> for nothing.</param>
public sealed record Finding(string Check, bool IsOk, string Found, string? ToDo = null);

/// <summary>Checks of everything that the platform needs, one after the other; one failure does not hide the others.</summary>
public sealed class Examination(PlatformOptions options, EnginePart engine, TimeProvider time)
{
    const int OldestNode = 20;
    const long LeastFreeBytes = 2_000_000_000;

    // A person waits: a service that has not answered by then counts as failed.
    static readonly TimeSpan StoreTimeout = TimeSpan.FromSeconds(5), StoreLimit = TimeSpan.FromSeconds(15);

    /// <summary>Runs all checks.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        List<Finding> findings = [new("dotnet", true, $".NET {Environment.Version}"), await LookAtNodeAsync(cancellationToken),
            .. await engine.ExamineAsync(options, Settings.Read(), cancellationToken), LookAtFolder()];
        if (options.Postgres is null) findings.Add(LookAtPrograms());
        findings.AddRange(
            from left in PostgresFolder.ListAbandoned()
            select new Finding("left behind", true, $"{left.Folder} has the PostgreSQL data of '{left.BelongedTo}', which is not there.",
                "Delete it where that data folder is gone for good."));
        try
        {
            await using var platform = await Platform.StartAsync(options, engine with { AddTo = AddImpatiently }, static _ => { }, time, cancellationToken);
            findings.Add(await LookAtServerAsync(platform, cancellationToken));
            findings.Add(await LookAtStoreAsync(platform, cancellationToken));
        }
        catch (PlatformException error)
        {
            findings.Add(new("postgresql", false, error.Message, "The object store was not checked."));
        }
        return findings;
    }

    void AddImpatiently(IServiceCollection services, PlatformOptions platform, IConfiguration settings)
    {
        engine.AddTo(services, platform, settings);
        services.PostConfigure<S3Options>(store => (store.RetryFor, store.RequestTimeout) = (StoreTimeout, StoreTimeout));
    }

    static async Task<Finding> LookAtNodeAsync(CancellationToken cancellationToken)
    {
        const string Advice = "Only the build needs it, to fetch PostgreSQL: install Node 20 or newer.";
        try
        {
            var (exitCode, version) = await ExternalProgram.RunAsync("node", ["--version"], Environment.CurrentDirectory, account: null, input: "", cancellationToken);
            var isNew = exitCode == 0 && int.TryParse(version.TrimStart('v').Split('.')[0], CultureInfo.InvariantCulture, out var major) && major >= OldestNode;
            return new("node", isNew, $"Node {version.TrimStart('v')}", isNew ? null : Advice);
        }
        catch (PlatformException)
        {
            return new("node", false, "'node' was not found.", Advice);
        }
    }

    Finding LookAtFolder()
    {
        var folder = Path.GetFullPath(options.DataDirectory);
        try
        {
            DataDirectory.EnsureWritable(folder, folder);
            var free = new DriveInfo(folder).AvailableFreeSpace;
            var text = string.Create(CultureInfo.InvariantCulture, $"{folder}, {free / 1e9:0.0} GB free");
            return free >= LeastFreeBytes
                ? new("data folder", true, text)
                : new("data folder", false, text, "A month of a million sales needs about 1 GB. Free some space, or choose another folder with --data.");
        }
        catch (PlatformException error)
        {
            return new("data folder", false, error.Message);
        }
    }

    static Finding LookAtPrograms()
    {
        try
        {
            var binaries = PostgresBinaries.Find(AppContext.BaseDirectory, Environment.CurrentDirectory);
            return new("programs", true, $"@embedded-postgres {binaries.Version()} in {binaries.Home}");
        }
        catch (PlatformException error)
        {
            return new("programs", false, error.Message);
        }
    }

    async Task<Finding> LookAtServerAsync(Platform platform, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(platform.ConnectionString);
        await using var connection = await platform.Store.DataSource.OpenConnectionAsync(cancellationToken);
        return new("postgresql", true, string.Create(CultureInfo.InvariantCulture,
            $"PostgreSQL {connection.ServerVersion.Split(' ')[0]} at {address.Host}:{address.Port}, database {address.Database}{(options.Postgres is null ? ", embedded" : "")}"));
    }

    async Task<Finding> LookAtStoreAsync(Platform platform, CancellationToken cancellationToken)
    {
        var root = platform.Objects.Root;
        var folder = Directory.CreateTempSubdirectory("orchestrator-doctor-").FullName;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StoreLimit);
        try
        {
            var steps = await StoreProbe.RunAsync(platform.Objects, folder, time, limit.Token);
            return new("object store", true, $"{(root.IsFile ? root.LocalPath : root)}: {string.Join(", ", steps)}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new("object store", false, $"The object store {root} took more than {StoreLimit.TotalSeconds:0} s.", "Look at the network and at the server of AWS_ENDPOINT_URL_S3, or choose another store with --store.");
        }
        catch (ActivityFailedException error)
        {
            return new("object store", false, error.Message, root.IsFile
                ? "Choose another one with --store."
                : "Look at AWS_ENDPOINT_URL_S3, AWS_REGION and the credentials, then at the bucket's policy as activities/README.md has it; or choose another store with --store.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
