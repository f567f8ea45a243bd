using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Orchestrator.Tests.Integration.Support;

/// <summary>Waits for what must come, and says what did not.</summary>
public static class Eventually
{
    /// <summary>Longer than anything takes on a slow machine, shorter than anybody's patience with a build.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until something is so.</summary>
    /// <param name="what">What is waited for, as the end of the sentence "waited for ...".</param>
    public static Task IsAsync(string what, Func<Task<bool>> isSo, TimeSpan? patience = null) =>
        GivesAsync<object>(what, async () => await isSo() ? isSo : null, patience);

    /// <inheritdoc cref="IsAsync(string, Func{Task{bool}}, TimeSpan?)"/>
    public static Task IsAsync(string what, Func<bool> isSo, TimeSpan? patience = null) => IsAsync(what, () => Task.FromResult(isSo()), patience);

    /// <summary>Asks until there is an answer.</summary>
    /// <param name="what">What is waited for, as the end of the sentence "waited for ...".</param>
    /// <param name="ask">Gives <see langword="null"/> where there is none yet.</param>
    public static async Task<T> GivesAsync<T>(string what, Func<Task<T?>> ask, TimeSpan? patience = null)
        where T : class
    {
        var (longest, waited) = (patience ?? Patience, Stopwatch.StartNew());
        while (true)
        {
            if (await ask() is { } answer) return answer;
            if (waited.Elapsed > longest) throw new TimeoutException($"Waited {waited.Elapsed.TotalSeconds:f0} s for {what}.");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }
    /// <summary>Waits for something, not for ever.</summary>
    public static async Task InTimeAsync(this Task task, TimeSpan? patience = null, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        var longest = patience ?? Patience;
        await Task.WhenAny(task, Task.Delay(longest, TestContext.Current.CancellationToken));
        if (!task.IsCompleted) throw new TimeoutException($"Waited for {what}, at most {longest.TotalSeconds:f0} s.");
        await task;
    }

    /// <summary>Waits for a process to end, whoever else holds what it writes to.</summary>
    public static void EndInTime(this Process process, TimeSpan? patience = null)
    {
        var longest = patience ?? TimeSpan.FromSeconds(30);
        if (!process.WaitForExit(longest)) throw new TimeoutException($"Waited {longest.TotalSeconds:f0} s for the end of process {process.Id} ({process.StartInfo.FileName}).");
    }
}
