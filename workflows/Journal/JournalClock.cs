namespace Orchestrator.Workflows.Journal;

/// <summary>
/// The time of journals: to the microsecond, as PostgreSQL keeps it, so that a live fold and one from the table are the same.
/// </summary>
static class JournalClock
{
    public static DateTimeOffset Now(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new(now.Ticks - (now.Ticks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
    }
}
