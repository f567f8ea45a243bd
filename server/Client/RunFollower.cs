using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Orchestrator.Server.Api;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;
using Orchestrator.Workflows.Workers;

namespace Orchestrator.Server.Client;

/// <summary>Follows a run that a server drives; its observer gets the same calls as for a run in this process.</summary>
sealed class RunFollower(ApiClient api, Guid runId, IRunObserver observer, TimeProvider time)
{
    static readonly TimeSpan ReconnectTimeout = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    readonly Dictionary<int, ActivityAttempt> attempts = [];
    readonly HashSet<int> reused = [];
    long last;

    /// <summary>Follows the run until it has ended or is suspended.</summary>
    /// <param name="cancellationToken">Cancels the run, which is still followed to its end.</param>
    /// <returns>The run as it ended.</returns>
    /// <exception cref="PlatformException"><c>server.lost</c>: the server stays unreachable; the run continues when it returns.</exception>
    public async Task<Run> FollowAsync(CancellationToken cancellationToken)
    {
        var cancelling = Task.CompletedTask;
        await using (cancellationToken.Register(() => cancelling = CancelAsync()))
        {
            var lostAt = (long?)null;
            while (!await ReadStreamAsync(() => lostAt = null))
            {
                lostAt ??= time.GetTimestamp();
                if (time.GetElapsedTime(lostAt.Value) > ReconnectTimeout)
                {
                    throw new PlatformException("server.lost", $"The server at {api.Address.GetLeftPart(UriPartial.Authority)} is gone. "
                        + $"The run goes on when it is started again; 'orchestrator runs show {runId}' then says how it ended.");
                }
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
        await cancelling;
        var run = (await api.GetAsync<RunDetailResponse>($"runs/{runId}", CancellationToken.None)).Run.ToRun();
        observer.OnRunFinished(run);
        return run;
    }

    async Task CancelAsync()
    {
        try
        {
            await api.PostAsync<RunResponse>($"runs/{runId}/cancel", body: null, CancellationToken.None);
        }
        catch (ApiProblemException)
        {
            // The run has ended already.
        }
    }

    /// <returns>Whether the run has ended or is suspended; false if the connection broke before.</returns>
    async Task<bool> ReadStreamAsync(Action onConnected)
    {
        try
        {
            using var answer = await api.OpenAsync($"runs/{runId}/events", last == 0 ? [] : [("Last-Event-ID", $"{last}")], CancellationToken.None);
            if (answer.StatusCode is HttpStatusCode.NoContent) return true;
            onConnected();
            await using var stream = await answer.Content.ReadAsStreamAsync(CancellationToken.None);
            await foreach (var item in SseParser.Create(stream).EnumerateAsync(CancellationToken.None))
            {
                if (item.EventType is "progress" or "log") Report(item);
                else if (await TakeAsync(Read<RunEventResponse>(item.Data))) return true;
            }
        }
        catch (PlatformException unreachable) when (unreachable.Code == "server.unreachable")
        {
            // The server stops or restarts.
        }
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            // The connection broke; the next one begins after the last event.
        }
        catch (ApiProblemException busy) when (busy.Problem.Status is 429 or 503)
        {
            // The server is busy: try again later.
        }
        return false;
    }

    void Report(SseItem<string> item)
    {
        if (item.EventType == "log")
        {
            var line = Read<LogLineResponse>(item.Data);
            observer.OnLog(AttemptOf(line.ActivityId, line.Attempt), line.Event, line.Message);
            return;
        }
        var progress = Read<ProgressResponse>(item.Data);
        observer.OnProgress(AttemptOf(progress.ActivityId, progress.Attempt), new(progress.Rows, progress.TotalRows, progress.Bytes, progress.Step));
    }

    /// <returns>Whether the run has ended or is suspended.</returns>
    async Task<bool> TakeAsync(RunEventResponse happened)
    {
        last = happened.Sequence;
        var number = happened.Data.TryGetProperty("number", out var given) ? given.GetInt32() : 0;
        switch (happened.Type)
        {
            case RunEventNames.AttemptStarted:
                attempts[number] = AttemptOf(happened.ActivityId!, happened.Data.GetProperty("attempt").GetInt32());
                observer.OnActivityStarted(attempts[number]);
                break;
            case RunEventNames.AttemptFailed
                when happened.Data.TryGetProperty("retryAfter", out var delay) && attempts.TryGetValue(number, out var attempt):
                observer.OnRetry(attempt, happened.Data.GetProperty("error").Deserialize<RunError>(ApiJson.Answers)!, delay.Deserialize<TimeSpan>());
                break;
            case RunEventNames.AttemptFailed or RunEventNames.ActivityCompleted or RunEventNames.ActivityCanceled
                when attempts.Remove(number, out var ended):
                await FinishAsync(number, ended);
                break;
            case RunEventNames.ActivityReused:
                reused.Add(number);
                break;
            case RunEventNames.ActivityCompleted when reused.Remove(number):
                observer.OnActivityReused((await ReadAsync(number)).ToExecution());
                break;
        }
        return happened.Type is RunEventNames.RunFinished or RunEventNames.RunSuspended;
    }

    async Task FinishAsync(int number, ActivityAttempt attempt)
    {
        var activity = await ReadAsync(number);
        foreach (var check in await api.GetAsync<IReadOnlyList<CheckResponse>>($"runs/{runId}/checks", CancellationToken.None))
            if (check.ActivityId == attempt.ActivityId && check.Attempt == attempt.Attempt) attempt.Add(check.ToResult());
        observer.OnActivityFinished(attempt, activity.ToExecution());
    }

    Task<ActivityResponse> ReadAsync(int number) => api.GetAsync<ActivityResponse>($"runs/{runId}/activities/{number}", CancellationToken.None);

    // The part of an attempt that observers read; the attempt itself executes elsewhere.
    ActivityAttempt AttemptOf(string activityId, int attempt) => new()
    {
        RunId = runId, ActivityId = activityId, Attempt = attempt, FencingToken = 0, WorkDirectory = "", Observer = observer, SaveCheckpointAsync = static (_, _) => Task.CompletedTask,
    };

    static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, ApiJson.Answers)
        ?? throw new PlatformException("server.bad_answer", "The server sent an event without data. Use the same version here and there.");
}
