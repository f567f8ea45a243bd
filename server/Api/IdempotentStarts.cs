using System.Security.Cryptography;
using System.Text;
using Orchestrator.Server.Machine;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>
/// Starts work once for each <c>Idempotency-Key</c>: repeating a request within a week, after its answer was lost, returns what was
/// started and starts nothing.
/// </summary>
sealed class IdempotentStarts(StartRequests requests, ServerShutdown shutdown, TimeProvider time)
{
    /// <summary>Name of the header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Codes of an invalid key (400) and of a key that was used for another request (422).</summary>
    public const string BadKey = "request.bad_idempotency_key", KeyReused = "request.idempotency_key_reused";

    const int LongestKey = 200;
    static readonly TimeSpan KeysAreKept = TimeSpan.FromDays(7);

    /// <summary>Checks the key of a request.</summary>
    /// <exception cref="ApiException"><see cref="BadKey"/>.</exception>
    public static void CheckKey(IHeaderDictionary headers)
    {
        if (headers.TryGetValue(Header, out var key) && key.ToString().Length is 0 or > LongestKey)
            throw new ApiException(400, BadKey,
                $"The header {Header} has {key.ToString().Length} characters, but takes 1 to {LongestKey}.");
    }

    /// <summary>Refuses to start anything while the server ends.</summary>
    /// <exception cref="ApiException"><c>server.draining</c>.</exception>
    public void RefuseWhileDraining()
    {
        if (!shutdown.Drain.IsCancellationRequested) return;
        const string Draining = "The server is about to end, so it starts nothing new. Ask again when it is back.";
        throw new ApiException(503, "server.draining", Draining) { RetryAfter = ApiProblems.RetryDelay };
    }

    /// <summary>Starts the requested work, or finds what an earlier request with the same key started.</summary>
    /// <param name="key">The key; <see langword="null"/> if the request has none: then the work is always started.</param>
    /// <param name="what">Kind of work, such as <c>run</c>.</param>
    /// <param name="asked">The whole request, to detect another request with the same key.</param>
    /// <param name="find">Finds the work by its identity; <see langword="null"/> if it was not started yet.</param>
    /// <param name="start">Starts the work under an identity; of concurrent starts with the same identity one succeeds.</param>
    /// <returns>The work, and whether this request started it.</returns>
    /// <exception cref="ApiException"><see cref="KeyReused"/> or <c>server.draining</c>.</exception>
    public async Task<(T Started, bool IsNew)> StartAsync<T>(
        string? key, string what, string asked, Func<Guid, Task<T?>> find, Func<Guid, Task<T>> start, CancellationToken cancellationToken)
        where T : class
    {
        RefuseWhileDraining();
        var id = Guid.CreateVersion7(time.GetUtcNow());
        if (key is not null)
        {
            id = await NoteAsync(key, id, what, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(asked))), cancellationToken);
            if (await find(id) is { } before) return (before, false);
        }
        return (await start(id), true);
    }

    async Task<Guid> NoteAsync(string key, Guid id, string what, string fingerprint, CancellationToken cancellationToken)
    {
        await requests.ForgetAsync(KeysAreKept, cancellationToken);
        var (noted, before) = await requests.NoteAsync(key, id, fingerprint, cancellationToken);
        return before == fingerprint ? noted : throw new ApiException(422, KeyReused,
            $"The {Header} '{key}' was sent before, and {noted} was started for it, with other values than now. Take a new key for a new {what}.")
        { Details = ApiProblems.Details("started", noted) };
    }
}
