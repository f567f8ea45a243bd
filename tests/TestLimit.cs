using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using Xunit.v3;

[assembly: Orchestrator.Tests.NoTestHangs]

namespace Orchestrator.Tests;

/// <summary>How long a test may take, where five minutes are too few for it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TestLimitAttribute(double minutes) : Attribute
{
    public TimeSpan Limit => TimeSpan.FromMinutes(minutes);
}

/// <summary>
/// Cancels a test that takes longer than its limit and fails it by name. One that does not even end then takes the process with it: the build fails with its
/// name after minutes, and not without one after an hour. <c>ORCHESTRATOR_TEST_MINUTES</c> sets the least limit of all tests.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class NoTestHangsAttribute : BeforeAfterTestAttribute
{
    static readonly TimeSpan Ending = TimeSpan.FromMinutes(1);
    readonly ConcurrentDictionary<string, Watch> watches = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        watches[test.UniqueID] = new(test.TestDisplayName, LimitOf(methodUnderTest), TestContext.Current);

    public override void After(MethodInfo methodUnderTest, IXunitTest test)
    {
        if (!watches.TryRemove(test.UniqueID, out var watch)) return;
        watch.Dispose();
        if (watch.IsOver) throw new TimeoutException(watch.Told);
    }

    static TimeSpan LimitOf(MethodInfo method)
    {
        var own = method.GetCustomAttribute<TestLimitAttribute>()?.Limit ?? TimeSpan.FromMinutes(5);
        return double.TryParse(Environment.GetEnvironmentVariable("ORCHESTRATOR_TEST_MINUTES"), CultureInfo.InvariantCulture, out var least) && TimeSpan.FromMinutes(least) > own
            ? TimeSpan.FromMinutes(least)
            : own;
    }

    sealed class Watch : IDisposable
    {
        readonly string test;
        readonly TimeSpan limit;
        readonly Timer cancel, giveUp;
        volatile bool isOver;

        public Watch(string test, TimeSpan limit, ITestContext context)
        {
            (this.test, this.limit) = (test, limit);
            cancel = new(_ =>
            {
                isOver = true;
                Console.Error.WriteLine($"{Told} It is cancelled.");
                context.CancelCurrentTest();
            }, null, limit, Timeout.InfiniteTimeSpan);
            giveUp = new(_ => Environment.FailFast($"{Told} It did not end when it was cancelled."), null, limit + Ending, Timeout.InfiniteTimeSpan);
        }

        public bool IsOver => isOver;

        public string Told => string.Create(CultureInfo.InvariantCulture, $"The test {test} takes longer than {limit.TotalMinutes:0.##} min.");

        public void Dispose()
        {
            cancel.Dispose();
            giveUp.Dispose();
        }
    }
}
