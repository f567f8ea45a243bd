using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Engines;

[assembly: AssemblyFixture(typeof(Orchestrator.Tests.Integration.SparkFixture))]

namespace Orchestrator.Tests.Integration;

/// <summary>One Spark Connect server on two cores for a test process, started by the first test that asks for it. A test takes it as a constructor parameter.</summary>
public sealed class SparkFixture : IAsyncDisposable
{
    readonly Lazy<Task<SparkServer>> server = new(() => SparkServer.ConnectAsync());
    readonly List<SparkConnectEngine> engines = [];

    /// <summary>Its address.</summary>
    public async Task<string> AddressAsync() => (await server.Value).Address;

    /// <summary>An engine on it.</summary>
    public async Task<SparkConnectEngine> EngineAsync(IFileStaging? staging = null, ILogger<SparkConnectEngine>? log = null)
    {
        var engine = EngineAt(await AddressAsync(), staging, log);
        lock (engines) engines.Add(engine);
        return engine;
    }

    /// <summary>An engine on any server.</summary>
    public static SparkConnectEngine EngineAt(string address, IFileStaging? staging = null, ILogger<SparkConnectEngine>? log = null, Action<SparkConnectOptions>? configure = null)
    {
        var options = new SparkConnectOptions { Address = address };
        configure?.Invoke(options);
        return new(staging ?? new LocalStaging(), Options.Create(options), TimeProvider.System, log ?? NullLogger<SparkConnectEngine>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var engine in engines) engine.Dispose();
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully) await (await server.Value).DisposeAsync();
    }
}

/// <summary>Files where they are.</summary>
public sealed class LocalStaging : IFileStaging
{
    public IReadOnlyList<string> Folders => [];

    public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) => Task.FromResult(address.LocalPath);

    public Task<string> DeliverAsync(string localPath, Uri address, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Uri>?>(
        File.Exists(Path.Combine(folder.LocalPath, "_SUCCESS")) ? [.. Directory.EnumerateFiles(folder.LocalPath, "*.parquet").Order(StringComparer.Ordinal).Select(path => new Uri(path))] : null);
}
