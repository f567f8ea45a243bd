using Orchestrator.Workflows.Times;

namespace Orchestrator.Tests.Unit.Store;

public sealed class GrowingPauseTests
{
    static readonly GrowingPause Pause = new(TimeSpan.FromMilliseconds(100), Longest: TimeSpan.FromSeconds(1));

    [Theory]
    [InlineData(1, 1, 100)]
    [InlineData(2, 1, 200)]
    [InlineData(4, 1, 800)]
    [InlineData(5, 1, 1_000)]
    [InlineData(2_000, 1, 1_000)]
    [InlineData(3, 0.25, 100)]
    [InlineData(3, 0, 0)]
    public void It_doubles_up_to_the_longest_and_takes_the_part_it_is_given(int failures, double uniform, double milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Pause.After(failures, uniform));

    [Fact]
    public void Failures_are_counted_from_1() => Assert.Throws<ArgumentOutOfRangeException>(() => Pause.After(0));
}
