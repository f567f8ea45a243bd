using Microsoft.Extensions.Logging;

namespace Orchestrator.Server.Hosting;

/// <summary>Says warnings and errors of the platform where a person sees them, one line each.</summary>
sealed class NoticeLoggerProvider(Action<string> notice) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new NoticeLogger(notice);

    public void Dispose()
    {
        // Nothing is held.
    }

    sealed class NoticeLogger(Action<string> notice) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) notice($"{(logLevel == LogLevel.Warning ? "warning" : "error")}: {formatter(state, exception)}");
        }
    }
}
