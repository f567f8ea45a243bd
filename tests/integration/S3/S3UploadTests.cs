using System.Security.Cryptography;
using Orchestrator.Activities.Store;
using Orchestrator.Activities.Store.S3;
using Orchestrator.Workflows.Values;

namespace Orchestrator.Tests.Integration.S3;

/// <summary>Uploads in parts on a real server, over connections that fail where a test wants it.</summary>
public sealed class S3UploadTests(S3Fixture fixture) : IAsyncLifetime
{
    const string Key = "raw/sales/part-00000.parquet";
    const int Size = 40_000_000; // Five parts.

    readonly string folder = Directory.CreateTempSubdirectory("orchestrator-s3-upload-").FullName;
    readonly FaultyHttp http = new();
    S3Server server = null!;
    string bucket = "", local = "", hash = "";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await fixture.ServerAsync();
        bucket = await server.CreateBucketAsync();
        local = Path.Combine(folder, "local");
        var content = new byte[Size];
        new Random(7).NextBytes(content);
        await File.WriteAllBytesAsync(local, content, Token);
        hash = Convert.ToHexStringLower(SHA256.HashData(content));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("uploadId", "POST")]
    [InlineData("uploads", "POST")]
    [InlineData("partNumber=2", "PUT")]
    public async Task An_answer_that_is_lost_is_no_conflict(string query, string method)
    {
        var lost = 0;
        http.Decide = (request, _) => IsFor(request, method, query) && Interlocked.Exchange(ref lost, 1) == 0 ? HttpFault.LostAnswer : HttpFault.None;
        using var store = NewStore();
        Assert.Equal(new(Key, Size, hash), await store.PutFileAsync(Key, local, null, Token));
        Assert.Equal(1, lost);
        await IsWholeAsync(store);
    }

    [Fact]
    public async Task A_small_put_whose_answer_is_lost_is_recognised_as_ours()
    {
        var small = Path.Combine(folder, "small");
        await File.WriteAllTextAsync(small, "ours", Token);
        http.Decide = (request, _) => request.Method == HttpMethod.Put && http.Sent == 1 ? HttpFault.LostAnswer : HttpFault.None;
        using var store = NewStore();
        Assert.Equal(4, (await store.PutFileAsync(Key, small, null, Token)).Bytes);
        // The second try is refused, since the first was stored; then the object says whose it is.
        Assert.Equal([200, 412, 200], http.Calls.Where(call => call.Path == $"/{bucket}/p/{Key}").Select(call => call.Status));
    }

    [Fact]
    public async Task Throttling_slows_an_upload_down_and_fails_nothing()
    {
        http.Decide = (_, number) => number % 3 == 0 ? HttpFault.SlowDown : HttpFault.None;
        using var store = NewStore();
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, null, Token)).Sha256);
        Assert.InRange(http.Sent, 9, 40);
        http.Decide = static (_, _) => HttpFault.None;
        await IsWholeAsync(store);
    }

    [Fact]
    public async Task A_server_that_only_throttles_is_given_up_when_the_budget_is_spent()
    {
        http.Decide = static (_, _) => HttpFault.SlowDown;
        using var store = NewStore(TimeSpan.FromMilliseconds(300));
        var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, local, null, Token));
        Assert.Equal(("infrastructure.object_store", true), (failure.Code, failure.IsRetryable));
        Assert.StartsWith($"The object store at {store.Root} failed to store '{Key}': ", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("(SlowDown)", failure.Message, StringComparison.Ordinal);
        // Jittered back-off: neither once nor as fast as it goes. The SDK's own retries would multiply it.
        Assert.InRange(http.Sent, 2, 40);
    }

    [Fact]
    public async Task An_upload_that_was_cut_off_goes_on_without_sending_again_what_is_there()
    {
        string? uploadId = null;
        using (var store = NewStore(TimeSpan.FromMilliseconds(500)))
        {
            var first = ThreePartsThenNone(id => uploadId = id);
            var failure = await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, local, first, Token));
            Assert.True(failure.IsRetryable);
            Assert.Null(await store.FindAsync(Key, Token));
        }
        Assert.Equal(3, http.Calls.Count(IsOurPart));

        http.Decide = static (_, _) => HttpFault.None;
        using var next = NewStore();
        var bytes = new Sum();
        Assert.Equal(new(Key, Size, hash), await next.PutFileAsync(Key, local, new(bytes, uploadId), Token));
        Assert.Equal(5, http.Calls.Count(IsOurPart));
        Assert.Equal(Size, bytes.Value);
        await IsWholeAsync(next);

        // Once more: it is complete, so nothing is sent.
        Assert.Equal(hash, (await next.PutFileAsync(Key, local, new(null, uploadId), Token)).Sha256);
        Assert.Equal(5, http.Calls.Count(IsOurPart));
    }

    [Fact]
    public async Task An_upload_of_another_file_is_not_gone_on_with()
    {
        string? uploadId = null;
        using var store = NewStore(TimeSpan.FromMilliseconds(300));
        var first = ThreePartsThenNone(id => uploadId = id);
        await Assert.ThrowsAsync<ActivityFailedException>(() => store.PutFileAsync(Key, local, first, Token));
        Assert.NotNull(uploadId);
        Assert.Single(await store.ListLeftoversAsync(Token).ToListAsync(Token));
        var other = new byte[Size];
        await File.WriteAllBytesAsync(local, other, Token);
        http.Decide = static (_, _) => HttpFault.None;
        hash = Convert.ToHexStringLower(SHA256.HashData(other));
        Assert.Equal(hash, (await store.PutFileAsync(Key, local, new(null, uploadId), Token)).Sha256);
        await IsWholeAsync(store);
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_cancelled_upload_leaves_nothing()
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        http.Decide = (request, _) =>
        {
            if (IsFor(request, "PUT", "partNumber=4")) cancelled.Cancel();
            return HttpFault.None;
        };
        using var store = NewStore();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutFileAsync(Key, local, null, cancelled.Token));
        Assert.Null(await store.FindAsync(Key, Token));
        Assert.Empty(await store.ListLeftoversAsync(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Parts_go_four_at_a_time()
    {
        var (now, most) = (0, 0);
        using var gate = new SemaphoreSlim(0);
        http.Decide = (request, _) =>
        {
            if (!IsFor(request, "PUT", "partNumber")) return HttpFault.None;
            most = Math.Max(most, Interlocked.Increment(ref now));
            if (now >= 4) gate.Release(10);
            Assert.True(gate.Wait(TimeSpan.FromSeconds(20), Token), "Parts go one after the other.");
            Interlocked.Decrement(ref now);
            return HttpFault.None;
        };
        using var store = NewStore();
        await store.PutFileAsync(Key, local, null, Token);
        Assert.Equal(4, most);
    }

    /// <summary>The last two parts are throttled, once the others are stored and known to be.</summary>
    UploadProgress ThreePartsThenNone(Action<string> stored)
    {
        var parts = 0;
        http.Decide = (request, _) =>
        {
            if (!IsFor(request, "PUT", "partNumber=4") && !IsFor(request, "PUT", "partNumber=5")) return HttpFault.None;
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref parts) == 3, TimeSpan.FromMinutes(1)), "Three parts were to be stored.");
            return HttpFault.SlowDown;
        };
        return new(PartStored: id =>
        {
            stored(id);
            Interlocked.Increment(ref parts);
            return Task.CompletedTask;
        });
    }

    bool IsOurPart(S3Call call) => call.IsPart && call.Status == 200 && call.Path == $"/{bucket}/p/{Key}";

    S3Store NewStore(TimeSpan? retryFor = null) => server.Store($"s3://{bucket}/p", http: http, retryFor: retryFor);

    async Task IsWholeAsync(S3Store store)
    {
        var back = Path.Combine(folder, $"back-{Guid.CreateVersion7():n}");
        await store.DownloadAsync((await store.FindAsync(Key, Token))!, back, Token);
        await using var file = File.OpenRead(back);
        Assert.Equal(hash, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, Token)));
    }

    static bool IsFor(HttpRequestMessage request, string method, string query) =>
        request.Method.Method == method && request.RequestUri!.Query.Contains(query, StringComparison.Ordinal);

    sealed class Sum : IProgress<long>
    {
        long value;

        public long Value => Interlocked.Read(ref value);

        public void Report(long more) => Interlocked.Add(ref value, more);
    }
}
