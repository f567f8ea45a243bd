using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.Engines;
using Orchestrator.Tests.Integration.Faults;
using Orchestrator.Tests.Integration.S3;

[assembly: AssemblyFixture(typeof(Orchestrator.Tests.Integration.Support.SparkFixture))]

namespace Orchestrator.Tests.Integration.Support;

/// <summary>
/// One Spark Connect server on two cores for a test process, with an S3 server of which it may use two buckets; started by the first test that asks for
/// them. A test takes it as a constructor parameter.
/// </summary>
public sealed class SparkFixture : IAsyncDisposable
{
    /// <summary>A bucket that Spark may use.</summary>
    public const string Bucket = "sales";

    /// <summary>A bucket that Spark reaches by <see cref="WayAsync"/>, and everybody else directly.</summary>
    public const string FarBucket = "sales-far";

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-spark-store-").FullName;
    readonly List<SparkConnectEngine> engines = [];
    readonly Lazy<Task<S3Server>> store;
    readonly Lazy<Task<Toxiproxy>> way;
    readonly Lazy<Task<SparkServer>> server;

    public SparkFixture()
    {
        store = new(async () =>
        {
            var started = await S3Server.StartAsync(folder);
            foreach (var bucket in new[] { Bucket, FarBucket }) await started.CreateBucketAsync(name: bucket);
            return started;
        });
        way = new(async () => await Toxiproxy.StartAsync((await StoreAsync()).Endpoint.Port));
        server = new(async () => await SparkServer.ConnectAsync(settings: await StoreSettingsAsync()));
    }

    /// <summary>Its address.</summary>
    public async Task<string> AddressAsync() => (await server.Value).Address;

    /// <summary>The store of both buckets.</summary>
    public Task<S3Server> StoreAsync() => store.Value;

    /// <summary>What lies between Spark and <see cref="FarBucket"/>.</summary>
    internal Task<Toxiproxy> WayAsync() => way.Value;

    /// <summary>What a Spark server is started with that may use both buckets.</summary>
    internal async Task<IReadOnlyList<string>> StoreSettingsAsync() =>
    [
        "spark.hadoop.fs.s3a.input.stream.type=classic", "spark.hadoop.fs.s3a.change.detection.mode=warn",
        "spark.hadoop.fs.s3a.attempts.maximum=3", "spark.hadoop.fs.s3a.retry.limit=3",
        .. SettingsOf(Bucket, (await StoreAsync()).Endpoint.Port), .. SettingsOf(FarBucket, (await WayAsync()).Port),
    ];

    static IEnumerable<string> SettingsOf(string bucket, int port) => new[]
    {
        $"endpoint=http://127.0.0.1:{port}", "endpoint.region=us-east-1", "path.style.access=true",
        "aws.credentials.provider=org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider", $"access.key={S3Server.Root.Key}", $"secret.key={S3Server.Root.Secret}",
    }.Select(setting => $"spark.hadoop.fs.s3a.bucket.{bucket}.{setting}");

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
        if (way.IsValueCreated && way.Value.IsCompletedSuccessfully) (await way.Value).Dispose();
        if (store.IsValueCreated && store.Value.IsCompletedSuccessfully) (await store.Value).Dispose();
        Directory.Delete(folder, recursive: true);
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
