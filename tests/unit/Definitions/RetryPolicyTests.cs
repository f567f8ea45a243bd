using FsCheck;
using FsCheck.Fluent;
using Orchestrator.Workflows.Activities;
using Orchestrator.Workflows.Definitions;

namespace Orchestrator.Tests.Unit.Definitions;

public sealed class RetryPolicyTests
{
    [Fact]
    public void Jobs_are_tried_three_times_and_others_once()
    {
        Assert.Equal(new(3, TimeSpan.FromSeconds(1), 2, TimeSpan.FromMinutes(1), null), RetryPolicy.DefaultOf(ActivityKind.Job));
        Assert.All([ActivityKind.Action, ActivityKind.Trigger, ActivityKind.Task], kind => Assert.Equal(1, RetryPolicy.DefaultOf(kind).Attempts));
    }

    [Fact]
    public void Policy_of_the_definition_counts_and_what_it_leaves_out_has_the_default()
    {
        var definition = WorkflowDefinition.Parse(Stock.Document("count-stock"), Stock.Registry);

        Assert.Equal(new(5, TimeSpan.FromSeconds(2), 3, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)), definition.Activities["Count1"].RetryPolicy);
        Assert.Equal(RetryPolicy.ForInline, definition.Activities["Say1"].RetryPolicy);
    }

    [Fact]
    public void Longer_delay_alone_raises_the_maximum()
    {
        var policy = ActivityWith("""{"delay":"00:05:00"}""");

        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), 3), (policy.Delay, policy.MaximumDelay, policy.Attempts));
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 2.0)]
    [InlineData(6, 32.0)]
    [InlineData(7, 60.0)]
    [InlineData(5_000, 60.0)]
    public void Longest_wait_doubles_up_to_the_maximum(int failedAttempt, double seconds) =>
        Assert.Equal(seconds, RetryPolicy.ForJobs.DelayAfter(failedAttempt, 1).TotalSeconds, 6);

    [Fact]
    public void Wait_is_anything_from_zero_to_the_longest() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt>(), ArbMap.Default.ArbFor<byte>(), (failedAttempt, part) =>
        {
            var longest = RetryPolicy.ForJobs.DelayAfter(failedAttempt.Get, 1);
            var wait = RetryPolicy.ForJobs.DelayAfter(failedAttempt.Get, part / 256.0);
            return wait >= TimeSpan.Zero && wait <= longest && Math.Abs(wait.TotalSeconds - (longest.TotalSeconds * part / 256.0)) < 1e-6;
        }));

    static RetryPolicy ActivityWith(string policy) => WorkflowDefinition.Parse(
        Stock.Flow(Stock.Activity("A0", "Test.CountStock", $$$""","customProperties":{"retryPolicy":{{{policy}}}}""")), Stock.Registry).Activities["A0"].RetryPolicy;
}
