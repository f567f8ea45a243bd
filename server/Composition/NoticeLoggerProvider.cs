using System.Collections.Concurrent;
using Orchestrator.Server.Texts;

namespace Orchestrator.Server.Composition;

/// <summary>
/// Logger that shows warnings and errors of the platform to a person, one line each; the same one at most every ten seconds.
/// </summary>
sealed class NoticeLoggerProvider(Action<string> notice, TimeProvider time) : ILoggerProvider
{
    // A failed attempt; the run's display shows it with the activity's name.
    const int AttemptFailed = 1005;

    static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);
    readonly ConcurrentDictionary<int, DateTimeOffset> said = new();

    public ILogger CreateLogger(string categoryName) => new NoticeLogger(this);

    public void Dispose()
    {
        // Holds no resources.
    }

    void Say(LogLevel level, EventId id, string text)
    {
        var now = time.GetUtcNow();
        if (id.Id == AttemptFailed || (said.TryGetValue(id.Id, out var before) && now - before < Silence)) return;
        said[id.Id] = now;
        notice($"{(level == LogLevel.Warning ? "warning" : "error")}: {VisibleText.Line(text)}");
    }

    sealed class NoticeLogger(NoticeLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) provider.Say(logLevel, eventId, formatter(state, exception));
        }
    }
}
