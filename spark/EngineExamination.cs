using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Spark.Connect;
using Orchestrator.Spark.DuckDb;
using Orchestrator.Spark.Engines;

namespace Orchestrator.Spark;

/// <summary>Examines the chosen engine without a platform around it.</summary>
public static class EngineExamination
{
    // A person waits: a server that has not answered by then is not there.
    static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Examines the engine.</summary>
    /// <param name="configure">Binds the options.</param>
    /// <exception cref="SqlEngineException">It does not work, with what to do.</exception>
    public static async Task<IReadOnlyList<EngineProbe>> RunAsync(Action<IServiceCollection> configure, CancellationToken cancellationToken)
    {
        var services = new ServiceCollection().AddSpark().AddSingleton<IFileStaging, NoFiles>();
        configure(services);
        services.PostConfigure<SparkConnectOptions>(options => options.Outage = options.Outage < Longest ? options.Outage : Longest);
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<ISqlEngine>().ProbeAsync(cancellationToken);
    }

    sealed class NoFiles : IFileStaging
    {
        public IReadOnlyList<string> Folders => [];

        public Task<string> FetchAsync(Uri address, string folder, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<string> DeliverAsync(
            string localPath, Uri address, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<Uri>?> SealAsync(Uri folder, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
