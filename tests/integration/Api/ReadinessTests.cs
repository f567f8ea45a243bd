using System.Net;
using Orchestrator.Server.Machine;

namespace Orchestrator.Tests.Integration.Api;

/// <summary><c>/readyz</c> when something that the server needs is missing.</summary>
public sealed class ReadinessTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("store", "object store", "object store", "--store")]
    [InlineData(".", "store", "data folder", "--data")]
    public async Task Disk_that_is_full_is_reported_until_there_is_space_again(string folder, string check, string what, string option)
    {
        await using var server = await ServerHarness.StartAsync(postgres, ServerRoles.Api);
        var place = Path.GetFullPath(Path.Combine(server.Folder, folder));
        using var disk = SmallDisk.Mount(place);
        Assert.Equal("ready", (await server.GetAsync("/readyz")).GetProperty("status").GetString());
        var filler = Path.Combine(place, "filler");
        await using (var full = new FileStream(filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            var fills = () => { while (true) full.Write(new byte[4096]); };
            Assert.Throws<IOException>(fills);
        }

        var (status, answer, headers) = await server.SendAsync(HttpMethod.Get, "/readyz");

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "not ready", true), (status, answer.GetProperty("status").GetString(),
            headers.RetryAfter is not null));
        var failed = answer.GetProperty("checks").EnumerateArray().Single(found => found.GetProperty("name").GetString() == check);
        Assert.Equal($"The {what} '{place}' cannot be written: its disk is full. Make it writable, or choose another one with {option}.",
            failed.GetProperty("reason").GetString());
        File.Delete(filler);
        Assert.Equal("ready", (await server.GetAsync("/readyz")).GetProperty("status").GetString());
    }
}
