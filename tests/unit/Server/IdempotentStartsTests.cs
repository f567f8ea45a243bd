using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Unit.Server;

public sealed class IdempotentStartsTests
{
    [Fact]
    public async Task A_server_that_ends_starts_nothing_whatever_is_asked_for()
    {
        var starts = new IdempotentStarts(requests: null!, new(Drain: new(canceled: true), Stop: default), TimeProvider.System);
        var refused = await Assert.ThrowsAsync<ApiException>(() => starts.StartAsync<string>(
            key: null, "backfill", "all months", _ => throw new InvalidOperationException("found"), _ => throw new InvalidOperationException("started"),
            TestContext.Current.CancellationToken));
        Assert.Equal((503, "server.draining"), (refused.Status, refused.Code));
    }
}
