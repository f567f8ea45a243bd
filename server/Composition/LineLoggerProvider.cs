using System.Globalization;
using Orchestrator.Server.Texts;
using Orchestrator.Workflows.Secrets;

namespace Orchestrator.Server.Composition;

/// <summary>Writes each log entry of the server as one plain line: time (UTC), level, what happened.</summary>
sealed class LineLoggerProvider(TextWriter output, TimeProvider time) : ILoggerProvider
{
    readonly Lock gate = new();

    public ILogger CreateLogger(string categoryName) => new LineLogger(this);

    public void Dispose()
    {
        // The writer belongs to the caller.
    }

    void Write(LogLevel level, string text, string? exception)
    {
        var at = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        lock (gate)
        {
            output.WriteLine($"{at} {NameOf(level)} {VisibleText.Line(text)}");
            // Indented, so that no line of an exception looks like an entry.
            if (exception is not null) output.WriteLine(VisibleText.Lines($"    {exception.ReplaceLineEndings("\n    ")}"));
            output.Flush();
        }
    }

    static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info ",
        LogLevel.Warning => "warn ",
        LogLevel.Error => "error",
        LogLevel.Critical => "fatal",
        LogLevel.None => "     ",
        _ => level.ToString(),
    };

    sealed class LineLogger(LineLoggerProvider provider) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            provider.Write(logLevel, SecretMask.Current.Text(formatter(state, exception)), exception is null ? null : SecretMask.Current.Text(exception.ToString()));
    }
}
