[assembly: AssemblyFixture(typeof(Orchestrator.Tests.Integration.S3.S3Fixture))]

namespace Orchestrator.Tests.Integration.S3;

/// <summary>One S3 server for the tests that leave it alone, started by the first that asks for it.</summary>
public sealed class S3Fixture : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-").FullName;
    readonly Lazy<Task<S3Server>> server;

    public S3Fixture() => server = new(() => S3Server.StartAsync(folder));

    /// <summary>The server; without the program the test is skipped.</summary>
    public Task<S3Server> ServerAsync() => server.Value;

    public void Dispose()
    {
        if (server.IsValueCreated && server.Value.IsCompletedSuccessfully) server.Value.Result.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
