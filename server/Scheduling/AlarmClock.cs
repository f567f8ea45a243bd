using Quartz;

namespace Orchestrator.Server.Scheduling;

/// <summary>
/// Alarm clock that rings once at a given time. The database's clock decides what is due, so an early or extra ring is harmless.
/// </summary>
sealed class AlarmClock : IAsyncDisposable
{
    static readonly JobKey Job = new("look");
    static readonly TriggerKey Next = new("next due time");

    readonly IScheduler quartz;
    readonly TimeProvider time;

    AlarmClock(IScheduler quartz, TimeProvider time) => (this.quartz, this.time) = (quartz, time);

    /// <param name="ring">Called from any thread; must return at once.</param>
    public static async Task<AlarmClock> StartAsync(Action ring, TimeProvider time, CancellationToken cancellationToken)
    {
        var scheduler = await QuartzSchedulerBuilder.Create(builder => builder
            .UseInMemoryStore(static _ => { })
            .UseDefaultThreadPool(maxConcurrency: 1)
            .UseTimeProvider(time)
            .AddJobType(_ => new Ring(ring))).BuildScheduler(cancellationToken);
        await scheduler.AddJob(JobBuilder.Create<Ring>().WithIdentity(Job).StoreDurably().Build(), cancellationToken: cancellationToken);
        await scheduler.Start(cancellationToken);
        return new(scheduler, time);
    }

    /// <summary>Sets the time at which it rings and replaces the previous one.</summary>
    public async Task SetAsync(TimeSpan wait, CancellationToken cancellationToken) => await quartz.ScheduleJob(
        TriggerBuilder.Create(time).WithIdentity(Next).ForJob(Job).StartAt(time.GetUtcNow() + wait).Build(), new ScheduleJobOptions { Replace = true }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await quartz.Shutdown(waitForJobsToComplete: false, CancellationToken.None);

    sealed class Ring(Action ring) : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            ring();
            return ValueTask.CompletedTask;
        }
    }
}
