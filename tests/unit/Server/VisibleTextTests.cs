using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Server.CommandLine;
using Orchestrator.Server.Composition;
using Orchestrator.Server.Texts;

namespace Orchestrator.Tests.Unit.Server;

/// <summary>Text of others on its way to a terminal or a log.</summary>
public sealed class VisibleTextTests : IDisposable
{
    const string Hostile = "a\u001b[2J\u001b]0;owned\u0007\r2026-11-01 forged\u009b31m\u202e\u0000\u007f";
    const string Shown = @"a\u001B[2J\u001B]0;owned\u0007\u000D2026-11-01 forged\u009B31m\u202E\u0000\u007F";

    readonly FakeTimeProvider clock = new(new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
    readonly StringWriter written = new();

    [Fact]
    public void What_would_steer_a_terminal_is_shown_instead()
    {
        Assert.Equal(Shown, VisibleText.Lines(Hostile));
        Assert.Equal("two\r\nlines\tand more\n", VisibleText.Lines("two\r\nlines\tand more\n"));
        Assert.Equal("one line", VisibleText.Line("one\nline"));
        Assert.Equal("Blauer Käfer ✓ 中 🚗", VisibleText.Line("Blauer Käfer ✓ 中 🚗"));
    }

    [Fact]
    public void Terminal_gets_no_control_characters_however_a_command_writes()
    {
        var terminal = new Terminal(written, written, IsInteractive: true, clock);

        terminal.Output.Write('\u001b');
        terminal.Output.Write(Hostile);
        terminal.Output.Write("{0}", Hostile);
        terminal.Output.WriteLine(Hostile);
        new TextTable("workflow", "error").Add(Hostile, "two\nlines").WriteTo(terminal.Output, "none");
        JsonOutput.Write(terminal.Output, new { name = Hostile });

        Assert.Contains("two lines", CheckWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Terminal_gets_none_from_commands_that_do_not_wait_either()
    {
        var terminal = new Terminal(written, written, IsInteractive: true, clock);

        await terminal.Error.WriteAsync('\u001b');
        await terminal.Error.WriteAsync(Hostile);
        await terminal.Error.WriteLineAsync(Hostile);
        await terminal.Error.WriteLineAsync(Hostile.AsMemory(), TestContext.Current.CancellationToken);

        Assert.Contains(Shown, CheckWritten(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_says_the_same_as_before()
    {
        JsonOutput.Write(new Terminal(written, written, IsInteractive: false, clock).Output, new { name = Hostile });

        Assert.Equal(Hostile, System.Text.Json.JsonElement.Parse(written.ToString()).GetProperty("name").GetString());
    }

    [Fact]
    public void Log_has_one_line_for_each_entry_and_nothing_passes_for_another_one()
    {
        using var provider = new LineLoggerProvider(written, clock);
        var log = provider.CreateLogger("test");

        log.Log(LogLevel.Warning, default, "Run of {Name} failed.\n2026-11-01T08:00:00.000Z info  forged \u001b[1m",
            new InvalidOperationException("broken\n2026-11-01T08:00:00.000Z info  forged \u001b[1m"),
            static (text, _) => text);

        var lines = written.ToString().TrimEnd().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(@"2026-11-01T08:00:00.000Z warn  Run of {Name} failed. 2026-11-01T08:00:00.000Z info  forged \u001B[1m", lines[0]);
        Assert.Single(written.ToString().Split('\n'), line => line.StartsWith("2026", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', written.ToString());
    }

    [Fact]
    public void Notice_is_one_line_without_control_characters()
    {
        using var provider = new NoticeLoggerProvider(written.WriteLine, clock);

        provider.CreateLogger("test").Log(LogLevel.Error, 1, Hostile + "\nnext", exception: null, static (text, _) => text);

        Assert.Equal($"error: {Shown.Replace(@"\u000D", " ", StringComparison.Ordinal)} next", written.ToString().TrimEnd());
    }

    public void Dispose() => written.Dispose();

    string CheckWritten()
    {
        var text = written.ToString();
        Assert.DoesNotContain(text, character => char.IsControl(character) && character is not ('\n' or '\r'));
        Assert.DoesNotContain('\u202e', text);
        Assert.DoesNotMatch("\r(?!\n)", text);
        return text;
    }
}
