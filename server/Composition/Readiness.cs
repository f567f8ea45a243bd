using Npgsql;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Warehouse;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Storage;

namespace Orchestrator.Server.Composition;

/// <summary>Result of a readiness check.</summary>
public enum ReadinessStatus
{
    /// <summary>The check passed.</summary>
    Ok = 0,

    /// <summary>The check failed.</summary>
    Failed = 1,
}

/// <summary>Readiness of one thing that the server needs.</summary>
/// <param name="Name"><c>store</c>, <c>migrations</c>, <c>object store</c> or <c>engine</c>.</param>
/// <param name="Status">Result of the check.</param>
/// <param name="Milliseconds">Duration of the check.</param>
/// <param name="Reason">What was found.</param>
public sealed record ReadinessCheck(string Name, ReadinessStatus Status, double Milliseconds, string Reason);

/// <summary>Readiness checks of the server, which run concurrently; a check that does not answer in time fails.</summary>
sealed class Readiness(PlatformStorage storage, IObjectStore objects, EnginePart engine, IConfiguration settings, TimeProvider time)
{
    static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(5);
    const string Probe = "readiness/probe.txt";

    /// <summary>Runs all readiness checks.</summary>
    public Task<ReadinessCheck[]> CheckAsync(CancellationToken cancellationToken) => Task.WhenAll(
        CheckAsync("store", FindStoreAsync, cancellationToken),
        CheckAsync("migrations", FindMigrationsAsync, cancellationToken),
        CheckAsync("object store", FindObjectStoreAsync, cancellationToken),
        CheckAsync("engine", FindEngineAsync, cancellationToken));

    async Task<ReadinessCheck> CheckAsync(string name, Func<CancellationToken, Task<string>> find, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var timeout = new CancellationTokenSource(CheckTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            var found = await find(either.Token).WaitAsync(either.Token);
            return new(name, ReadinessStatus.Ok, Elapsed(), found);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new(name, ReadinessStatus.Failed, Elapsed(), $"It did not answer within {CheckTimeout.TotalSeconds} s.");
        }
#pragma warning disable CA1031 // Any failure is the result of the check.
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new(name, ReadinessStatus.Failed, Elapsed(), (error is PlatformException ? error
                : error.InnerException ?? error).Message);
        }

        double Elapsed() => Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1);
    }

    async Task<string> FindEngineAsync(CancellationToken cancellationToken)
    {
        var findings = await engine.ExamineAsync(storage.Options, settings, cancellationToken);
        return findings.FirstOrDefault(finding => !finding.IsOk) is { } problem ? throw new InvalidOperationException(problem.Found) : findings[0].Found;
    }

    async Task<string> FindStoreAsync(CancellationToken cancellationToken)
    {
        // Holds the work files of activities, and the data of the embedded PostgreSQL.
        DataDirectory.EnsureWritable(storage.Options.DataDirectory, storage.Options.DataDirectory);
        // Not from the pool: a connection that was open before proves nothing.
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(storage.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select 1", connection);
        await command.ExecuteScalarAsync(cancellationToken);
        return $"PostgreSQL {connection.ServerVersion.Split(' ')[0]}";
    }

    Task<string> FindMigrationsAsync(CancellationToken cancellationToken) => Task.Run(() =>
        StoreMigrations.IsUpToDate(storage.ConnectionString) && WarehouseMigrations.IsUpToDate(storage.ConnectionString)
            ? "up to date"
            : throw new InvalidOperationException("The schema lacks scripts of this version. Start this version again, so that it applies them."), cancellationToken);

    async Task<string> FindObjectStoreAsync(CancellationToken cancellationToken)
    {
        await objects.FindAsync(Probe, cancellationToken);
        if (objects.Root.IsFile) DataDirectory.EnsureStoreWritable(Path.TrimEndingDirectorySeparator(objects.Root.LocalPath));
        return objects.Root.IsFile ? objects.Root.LocalPath : objects.Root.ToString();
    }
}
