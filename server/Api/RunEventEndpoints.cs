using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Orchestrator.Server.Access;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Journal;
using Orchestrator.Workflows.Runs;

namespace Orchestrator.Server.Api;

/// <summary>An event of a run's journal: the data of a server-sent event that has an id.</summary>
/// <param name="Sequence">Position in the run's journal, from 1 without gaps; also the event's id.</param>
/// <param name="At">Time of the event.</param>
/// <param name="Type">Type of the event, such as <c>activity.completed</c>; also the name of the server-sent event.</param>
/// <param name="ActivityId">The activity; null for an event of the run itself.</param>
/// <param name="Data">Data that the journal holds.</param>
public sealed record RunEventResponse(long Sequence, DateTimeOffset At, string Type, string? ActivityId, JsonElement Data);

/// <summary><c>/runs/{id}/events</c>: events of a run as they happen, as server-sent events.</summary>
/// <remarks>https://html.spec.whatwg.org/multipage/server-sent-events.html</remarks>
static class RunEventEndpoints
{
    const int PageSize = 500;
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan Recheck = TimeSpan.FromSeconds(2);

    public static void Map(RouteGroupBuilder runs) => runs.MapGet("/{id}/events", WatchAsync).RequireAccess(AccessRole.Viewer)
        .WithName("watchRun").WithSummary("Streams the events of a run, from its first one on, as server-sent events.")
        .WithDescription("""
            An event with an id is a line of the run's journal: its data is a RunEvent, its id the sequence. After a lost connection, send the last id as
            Last-Event-ID: nothing is missed or sent twice. Events 'progress' and 'log' have no id and are not repeated; they come while the run is driven
            by the server that is asked. The stream ends after 'run.finished'; asked again with its id, the answer is 204.
            It also ends within seconds of a logout, or when whoever asked may not any more.
            """)
        .Produces<RunEventResponse>(StatusCodes.Status200OK, "text/event-stream").Produces(StatusCodes.Status204NoContent)
        .WithProblems(404, "run.unknown").WithProblems(400, "request.bad_event_id").DisableRequestTimeout();

    static async Task WatchAsync(
        Guid id, HttpContext context, RunStore runs, RunFeed feed, Callers callers, IHostApplicationLifetime lifetime, TimeProvider time, IOptions<ApiOptions> options,
        [FromHeader(Name = "Last-Event-ID"), Description("Sequence of the last event received.")] string? lastEventId = null)
    {
        var after = ReadId(lastEventId);
        var run = await runs.FindAsync(id, "events", context.RequestAborted);
        using var watch = feed.Watch(id);
        var lines = await runs.ListEventsAsync(id, after, PageSize, context.RequestAborted);
        if (lines.Count == 0 && run.Status.IsFinal)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        // The stream ends with the server; the client reconnects to another server, or to this one after its restart.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            await StreamAsync(id, after, lines, runs, watch, context, callers, time, options.Value.StreamHeartbeat, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The client disconnected or the server stops.
        }
    }

    static async Task StreamAsync(
        Guid id, long after, IReadOnlyList<JournalLine> lines, RunStore runs, RunWatch watch, HttpContext context, Callers callers, TimeProvider time,
        TimeSpan heartbeat, CancellationToken cancellationToken)
    {
        var response = context.Response;
        var (saidAt, readAt, checkedAt) = (time.GetTimestamp(), time.GetTimestamp(), time.GetTimestamp());
        while (true)
        {
            if (time.GetElapsedTime(checkedAt) >= Recheck)
            {
                if (!await callers.MayContinueAsync(context)) return;
                checkedAt = time.GetTimestamp();
            }
            foreach (var line in lines)
            {
                await WriteAsync(response, line.Sequence, line.Type, new RunEventResponse(line.Sequence, line.At, line.Type, line.ActivityId, line.Data), cancellationToken);
                after = line.Sequence;
            }
            if (lines is [.., { Type: RunEventNames.RunFinished }]) return;
            var isSaid = lines.Count > 0;
            foreach (var (type, data) in watch.Take())
            {
                await WriteAsync(response, id: null, type, data, cancellationToken);
                isSaid = true;
            }
            if (!isSaid && time.GetElapsedTime(saidAt) >= heartbeat)
            {
                await response.WriteAsync(": still here\n\n", cancellationToken);
                isSaid = true;
            }
            if (isSaid)
            {
                saidAt = time.GetTimestamp();
                await response.Body.FlushAsync(cancellationToken);
            }
            var isLonger = lines.Count == PageSize || await watch.WaitAsync(Poll, cancellationToken) || time.GetElapsedTime(readAt) >= Poll;
            lines = isLonger ? await runs.ListEventsAsync(id, after, PageSize, cancellationToken) : [];
            if (isLonger) readAt = time.GetTimestamp();
        }
    }

    static Task WriteAsync<T>(HttpResponse response, long? id, string type, T data, CancellationToken cancellationToken) => response.WriteAsync(
        $"{(id is null ? "" : string.Create(CultureInfo.InvariantCulture, $"id: {id}\n"))}event: {type}\ndata: {JsonSerializer.Serialize<object>(data!, ApiJson.Answers)}\n\n",
        cancellationToken);

    static long ReadId(string? text) => string.IsNullOrEmpty(text) ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var sequence) ? sequence
        : throw new ApiException(400, "request.bad_event_id", $"'{text}' is not the id of an event of a run. Send the id of the last event that came, or nothing for all.");
}
